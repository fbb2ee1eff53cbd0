"""Why CadQuery failed, in plain words: `fillet radius 9 exceeds the 1 mm edge`. Read off the frames of the failure.

The kernel says `BRep_API: command not done`; what it was asked to do is still there.
"""

from collections.abc import Callable
from types import FrameType

_MOST_EDGES = 2000


def reason(error: BaseException) -> str:
    """What went wrong and what helps, "" where nothing more than the error itself can be told."""
    try:
        return _told(error)
    except BaseException:  # a program may have put anything where the kernel looks
        return ""


def _told(error: BaseException) -> str:
    frames: list[FrameType] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    for frame in reversed(frames):
        name, place = frame.f_code.co_name, frame.f_code.co_filename.replace("\\", "/")
        if place.endswith("/cadquery/cq.py") and name in _WORDS:
            return _WORDS[name](type(error).__name__, frame.f_locals)
    return ""


def _fillet(kind: str, known: dict) -> str:
    return _rounded(kind, known, "fillet radius", known["radius"])


def _chamfer(kind: str, known: dict) -> str:
    return _rounded(kind, known, "chamfer length", max(known["length"], known["length2"] or 0))


def _rounded(kind: str, known: dict, what: str, size: float) -> str:
    chosen = known.get("edgeList")
    if chosen is not None and not chosen:
        return "the selection holds no edge; select some, with edges('|Z') for example"
    if not kind.startswith(("StdFail", "Standard")) or not chosen:
        return ""
    if size <= 0:
        return f"{what} {size:.4g} is not above 0"
    shortest = _shortest_beside(chosen, known["solid"].Edges()[:_MOST_EDGES])
    if shortest is not None and size >= shortest:
        return f"{what} {size:.4g} exceeds the {shortest:.4g} mm edge; take less than that, or other edges"
    if kind == "Standard_Failure":
        return "none of the selected edges is a corner between two faces; select others"
    return f"{what} {size:.4g} does not fit the {len(chosen)} selected edges; take less, or fewer edges"


def _shortest_beside(chosen: list, edges: list) -> float | None:
    """The length of the shortest edge that meets a chosen one: along it a rounding must find its place."""
    ends = {point for edge in chosen for point in _ends(edge)}
    hashes = {edge.hashCode() for edge in chosen}
    beside = [edge for edge in edges if edge.hashCode() not in hashes and not ends.isdisjoint(_ends(edge))]
    return min((edge.Length() for edge in beside or chosen), default=None)


def _ends(edge) -> list[tuple[float, ...]]:
    return [tuple(round(value, 6) for value in vertex.toTuple()) for vertex in edge.Vertices()]


def _shell(kind: str, known: dict) -> str:
    if not kind.startswith(("StdFail", "Standard")):
        return ""
    return f"the faces have no offset by {known['thickness']:.4g}; take less, or shell before fillets and cuts"


def _loft(kind: str, known: dict) -> str:
    wires = known.get("toLoft")
    told = f"{len(wires)} profile{'s' * (len(wires) != 1)}" if wires is not None else ""
    return f"a loft takes two closed profiles at least, it got {told}" if wires is not None and len(wires) < 2 else ""


_WORDS: dict[str, Callable[[str, dict], str]] = {
    "fillet": _fillet,
    "chamfer": _chamfer,
    "shell": _shell,
    "loft": _loft,
}
