"""The profile `open`: execute any program. And, for every profile, `serialised`: the solid that a program leaves."""

from collections import Counter
from io import BytesIO
from typing import Any

import cadquery as cq
import showing
from methods import rule

_PARTS = (cq.Workplane, cq.Shape, cq.Assembly)
_PROFILES = {"Edge", "Face", "Sketch", "Wire"}


class NoSolid(Exception):
    status = "no_solid"


class Forbidden(Exception):
    """The program says something that its profile does not know."""

    status = "forbidden"

    def __init__(self, message: str, lineno: int | None = None):
        super().__init__(message)
        self.lineno = lineno


class Namespace(dict):
    """The globals of a program, which also know the order in which they were bound last."""

    def __init__(self, *of: Any):
        super().__init__(*of)
        self._order: dict[str, None] = {}

    def __setitem__(self, name: str, value: Any) -> None:
        self._order.pop(name, None)
        self._order[name] = None
        super().__setitem__(name, value)

    def of_kinds(self, kinds: tuple[type, ...]) -> dict[str, Any]:
        """Those of such a class, in the order in which they were bound first."""
        return {name: value for name, value in self.items() if isinstance(value, kinds)}

    def last_bound(self, kinds: tuple[type, ...]) -> dict[str, Any]:
        """Those in the order in which they were bound last; what a function bound as a global one comes behind them."""
        known = self.of_kinds(kinds)
        return {name: known[name] for name in [*self._order, *known] if name in known}


def run(code: bytes, takehome: bool = False) -> bytes:
    """`serialised` of the program's names. takehome: its result is chosen by the rule of that evaluation."""
    namespace = Namespace({"__name__": "__main__", "__builtins__": __builtins__, **showing.begin()})
    exec(compile(code, "<program>", "exec", dont_inherit=True), namespace)
    return serialised(namespace, takehome)


def serialised(namespace: Namespace, takehome: bool = False) -> bytes:
    """Of a program that has ended: by which rule which name was taken, in a line, and `geometry_of` that.

    Raises `NoSolid`.
    """
    choice, solids = result_of(namespace, takehome)
    return f"{choice.rule} {choice.name}\n".encode() + _bytes_of(solids)


def result_of(namespace: Namespace, takehome: bool = False) -> tuple[Any, list[cq.Solid]]:
    """What a program that has ended leaves, as `rule.Choice`, and the solids that it holds. Raises `NoSolid`."""
    if takehome:
        choice = rule.choose_takehome(namespace.of_kinds(_PARTS))
    else:
        named = namespace.last_bound(_PARTS)
        choice = rule.choose(named, showing.given(), lambda value: bool(_solids(value)))
        choice = choice or rule.choose(namespace.last_bound(showing.KINDS), (), lambda _: False)
    if choice is None:
        names = ", ".join(rule.RESULT_NAMES)
        raise NoSolid(f"no variable holds a CadQuery object; assign it to one of {names}, or show_object(it)")
    solids = [solid for value in choice.values for solid in _solids(value, takehome)]
    if not solids:
        raise NoSolid(f"{choice.name or 'the result'} holds {_told(choice.values[0])}")
    return choice, list(dict.fromkeys(solids))


def geometry_of(shape: cq.Shape) -> bytes:
    """The BinTools bytes of its solid, or of a compound when there are several. Raises `NoSolid`."""
    solids = shape.Solids()
    if not solids:
        raise NoSolid("the result holds no solid")
    return _bytes_of(solids)


def _bytes_of(solids: list[cq.Solid]) -> bytes:
    buffer = BytesIO()
    (solids[0] if len(solids) == 1 else cq.Compound.makeCompound(solids)).exportBin(buffer)
    return buffer.getvalue()


def _solids(value: Any, only_first: bool = False) -> list[cq.Solid]:
    held = _held(value)
    return [
        solid for shape in held[: 1 if only_first else None] if isinstance(shape, cq.Shape) for solid in shape.Solids()
    ]


def _held(value: Any) -> list:
    """The whole stack of a workplane; of an assembly its parts in their places, as one compound."""
    if isinstance(value, cq.Assembly):
        return [value.toCompound()]
    return value.vals() if isinstance(value, cq.Workplane) else [value]


def _told(value: Any) -> str:
    """What it holds instead of a solid, and the remedy."""
    kinds = Counter(type(one).__name__ for one in _held(value))
    held = " and ".join(f"{num} {kind}{'s' * (num > 1)}" for kind, num in kinds.items())
    none = f"{held} but no solid" if held else "nothing"
    if isinstance(value, cq.Workplane) and _has_solid_above(value):
        return f"{none}; a solid lies up its chain: leave out what comes after it, or call end()"
    if isinstance(value, cq.Sketch):
        return f"{none}; place it on a workplane (placeSketch) and extrude it"
    return f"{none}; " + ("extrude or revolve it" if kinds.keys() & _PROFILES else "build one")


def _has_solid_above(value: cq.Workplane) -> bool:
    above = value.parent
    while above is not None:
        if _solids(above):
            return True
        above = above.parent
    return False
