"""What has no extent, which the kernel refuses: a line that ends where it begins and an arc through three points in a
line, which no grammar can tell; a depth or a radius of 0, which one can, but not before the 0 is written.

Told of texts that are still being written, for points in integers and edges that follow `moveTo`, `lineTo` or
`threePointArc`, as canonical programs have them.
"""

import re

_NUMBER = r"-?[0-9]+"
_POINT = rf"({_NUMBER}),({_NUMBER})\)"
_PART = rf"(?:{_NUMBER},)?-?[0-9]*"  # of two numbers
_BEGUN = re.compile(
    rf"(?:\.(?:moveTo|lineTo)\(|\.threePointArc\(\({_NUMBER},{_NUMBER}\),\(){_POINT}\)?"
    rf"\.(?:lineTo\(({_PART})|threePointArc\(\(({_PART}|{_NUMBER},{_NUMBER}\),\({_PART}))$"
)
_LENGTH = re.compile(r"\.(?:extrude|circle)\((-?[0-9]*)$")
_LONGEST = 200  # characters that `_BEGUN` matches, and more


def excluded(head: str) -> tuple[str, str] | None:
    """(what is written of it, the whole) of the one number that must not stand where `head` breaks off."""
    tail = head[-_LONGEST:]
    if length := _LENGTH.search(tail):
        return length[1], "0"
    begun = _BEGUN.search(tail)
    if begun is None:
        return None
    x, y, line, arc = begun.groups()
    written = (arc if line is None else line).replace("),(", ",").split(",")
    *points, last = written
    whole = _excluded((int(x), int(y)), [int(number) for number in points], is_line=line is not None)
    return None if whole is None else (last, str(whole))


def _excluded(pen: tuple[int, int], numbers: list[int], is_line: bool) -> int | None:
    """numbers: those before it, of the end of a line or of the middle and the end of an arc."""
    match numbers:
        case [x]:  # the middle of an arc must not be its beginning either
            return pen[1] if x == pen[0] else None
        case [x, _] if not is_line:
            return pen[0] if x == pen[0] else None
        case [middle_x, middle_y, x] if not is_line and middle_x != pen[0]:
            rise, rest = divmod((middle_y - pen[1]) * (x - pen[0]), middle_x - pen[0])
            return None if rest else pen[1] + rise
    return None


def set_apart(head: str, rest: str) -> str:
    """`rest`, with a 2 for each 1 that would end such an edge behind `head`."""
    written = head
    for piece in re.split(r"([0-9]+)", rest):
        is_excluded = piece == "1" and excluded(written) == ("", piece)
        written += "2" if is_excluded else piece
    return written[len(head) :]
