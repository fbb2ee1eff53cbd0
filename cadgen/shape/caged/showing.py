"""What a program hands over to be shown or written: kept as what it says its result is. Nothing is shown or written.

CQ-editor, CQGI and `cadquery.vis` show; exporters would write files, which the cage refuses: here they return.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import cadquery as cq

KINDS = (cq.Workplane, cq.Shape, cq.Assembly, cq.Sketch)

_given: list[tuple[str, Any]] = []


def begin() -> dict[str, Callable]:
    """Forgets what was handed over; the functions that a viewer lends a program, by name."""
    _given.clear()
    return {name: _keeper(name) for name in ("show_object", "show", "debug")}


def given() -> list[tuple[str, Any]]:
    """(function, object) of all that was handed over, in that order."""
    return list(_given)


def keep(function: str, *values: object) -> None:
    """Notes the CadQuery objects among the values, and in their lists, as handed over to the function."""
    for value in values:
        if isinstance(value, list | tuple):
            keep(function, *value)
        elif isinstance(value, KINDS):
            _given.append((function, value))


def stand_in() -> None:
    """Before the cage closes: what shows on a screen or writes into a file keeps its object instead, in all forks."""
    window = ModuleType("cadquery.vis")  # the real one brings Numba, which writes code
    window.show = window.show_object = _keeper("show")  # type: ignore[attr-defined]
    cq.vis = sys.modules[window.__name__] = window  # type: ignore[attr-defined]
    cq.exporters.export = _export
    for owner, names in _WRITERS.items():
        for name in names:
            setattr(owner, name, _keeper("export"))
    for name in ("exportBrep", "exportBin"):
        setattr(cq.Shape, name, _unless_stream(getattr(cq.Shape, name)))


_WRITERS: dict[type, tuple[str, ...]] = {
    cq.Workplane: ("export", "exportSvg"),
    cq.Assembly: ("export", "save"),
    cq.Shape: ("export", "exportStep", "exportStl"),
}
_FORMATS = {value for name, value in vars(cq.exporters.ExportTypes).items() if not name.startswith("_")}


def _keeper(function: str) -> Callable:
    def hand_over(*values: object, **_options: object) -> None:
        keep(function, *values)

    hand_over.__name__ = function
    return hand_over


def _export(w: object, fname: object, exportType: str | None = None, *_: object, **__: object) -> None:
    """As `cadquery.exporters.export` is called: a format that it does not know is the program's mistake here too."""
    if (exportType or str(fname).split(".")[-1].upper()) not in _FORMATS:
        raise ValueError("Unknown export type" if exportType else "Unknown extensions, specify export type explicitly")
    keep("export", w)


def _unless_stream(write: Callable) -> Callable:
    """Streams are written to: they are no files."""

    def export(shape: cq.Shape, target: object) -> bool:
        if hasattr(target, "write"):
            return write(shape, target)
        keep("export", shape)
        return True

    return export
