"""Whether a text is one of CadQuery's string selectors: `is_selector(">Z and not <X")` is False, `not` binds loosest.

The grammar is that of `cadquery.selectors`; a test compares the two.
"""

import re

_KINDS = """
LINE CIRCLE ELLIPSE HYPERBOLA PARABOLA BEZIER BSPLINE OFFSET OTHER PLANE CYLINDER CONE SPHERE TORUS REVOLUTION EXTRUSION
"""
_VIEWS = "front back left right top bottom"
_SPACE = r"[ \t\r\n]*"
_NUMBER = rf"{_SPACE}[+-]?[0-9]+(?:\.[0-9]*)?{_SPACE}"
_DIRECTION = rf"{_SPACE}(?:XY|XZ|YZ|X|Y|Z|\({_NUMBER},{_NUMBER},{_NUMBER}\))"
_INDEX = rf"(?:{_SPACE}\[{_SPACE}-?{_SPACE}[0-9]+{_SPACE}\])?"
_ATOM = re.compile(
    rf"(?:{_DIRECTION}|%{_SPACE}(?i:{'|'.join(sorted(_KINDS.split(), reverse=True))})"
    rf"|(?:>>|<<|>|<){_DIRECTION}{_INDEX}|[|#+-]{_DIRECTION}|{'|'.join(_VIEWS.split())})"
)
_BLANK = re.compile(_SPACE)
_OPERATORS = (re.compile("and"), re.compile("or"), re.compile("except|exc"))  # the tightest first
_DEEPEST = 40  # what is nested deeper is not judged


def is_selector(text: str) -> bool:
    """Whether CadQuery reads `text` as a selector."""
    if max(text.count("("), text.count("not")) > _DEEPEST:
        return True
    end = _negation(text, 0, 0)
    return end is not None and _skip(text, end) == len(text)


def _negation(text: str, place: int, depth: int) -> int | None:
    """Where the expression at `place` ends; None where there is none."""
    if depth > _DEEPEST:
        return None
    start = _skip(text, place)
    if text.startswith("not", start):
        end = _negation(text, start + 3, depth + 1)
        if end is not None:
            return end
    return _chained(text, place, len(_OPERATORS) - 1, depth)


def _chained(text: str, place: int, level: int, depth: int) -> int | None:
    if level < 0:
        return _operand(text, place, depth)
    end = _chained(text, place, level - 1, depth)
    while end is not None and (found := _OPERATORS[level].match(text, _skip(text, end))):
        following = _chained(text, found.end(), level - 1, depth)
        if following is None:
            break
        end = following
    return end


def _operand(text: str, place: int, depth: int) -> int | None:
    start = _skip(text, place)
    if atom := _ATOM.match(text, start):
        return atom.end()
    if not text.startswith("(", start):
        return None
    end = _negation(text, start + 1, depth + 1)
    closing = None if end is None else _skip(text, end)
    return closing + 1 if closing is not None and text.startswith(")", closing) else None


def _skip(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place
