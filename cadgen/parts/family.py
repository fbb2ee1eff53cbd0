"""Families of parts: `draw(rng, num)` gives a part of `num` extrusions, in the making."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from cadgen.parts import add, cut, plan
from cadgen.parts.base import plate, scattered, sketched, slab, tube
from cadgen.parts.block import Block

Base = Callable[[Random], Block]
Draw = Callable[[Random, int], list[Block]]


@dataclass(frozen=True)
class Family:
    """weight: its share among the families that can have as many extrusions; num: how many those may be."""

    weight: float
    num: range
    draw: Draw


def _single(base: Base) -> Draw:
    return lambda rng, num: [base(rng)]


def _built(
    bases: Mapping[Base, int], operations: Mapping[add.Operation, int], first: add.Operation | None = None
) -> Draw:
    """A base and operations on it, drawn by weight; `first` comes before the others."""

    def draw(rng: Random, num: int) -> list[Block]:
        blocks = [rng.choices(list(bases), list(bases.values()))[0](rng)]
        while len(blocks) < num:
            (act,) = rng.choices(list(operations), list(operations.values()))
            blocks.append((first if first and len(blocks) == 1 else act)(rng, blocks))
        return blocks

    return draw


_ONE = range(1, 2)
_LATER = range(2, 9)
_STRAIGHT = {"profile": 46, "channel": 22, "notched": 16, "slanted": 22, "ragged": 5}
_CURVED = {"slot": 3, "link": 2, "eased": 5, "arched": 6}
_FLAT = {"rectangle": 6, "circle": 2, "eased": 2, "slot": 1, "link": 1, "arched": 1, "regular": 1, "profile": 1}

_BASES: dict[Base, int] = {slab: 40, tube: 22, sketched: 38}
_ROUND: dict[Base, int] = {tube: 5, partial(sketched, kinds={"regular": 1}): 1}
_CUTS: dict[add.Operation, int] = {cut.pocket: 3, cut.drill: 3, cut.slit: 3, cut.step: 3}
_ALL: dict[add.Operation, int] = {
    **{add.boss: 5, add.collar: 2, cut.pocket: 3, cut.drill: 3, add.flush: 3, add.rib: 2, add.wedge: 2},
    **{add.crossing: 2, cut.slit: 2, cut.step: 2, add.twin: 2, add.sibling: 1, add.plug: 1, add.regrown: 1},
}

FAMILIES: dict[str, Family] = {
    "slab": Family(42, _ONE, _single(slab)),
    "tube": Family(25, _ONE, _single(tube)),
    "profile": Family(18, _ONE, _single(partial(sketched, kinds=_STRAIGHT, pierced=14))),
    "curved": Family(5, _ONE, _single(partial(sketched, kinds=_CURVED, pierced=30))),
    "regular": Family(3, _ONE, _single(partial(sketched, kinds={"regular": 1}, pierced=45))),
    "plate": Family(7, _ONE, _single(partial(plate, kinds=_FLAT))),
    "frame": Family(4, _ONE, _single(partial(plate, kinds={"rectangle": 1}, pattern="similar"))),
    "scattered": Family(1, _ONE, _single(scattered)),
    "stack": Family(20, _LATER, _built(_BASES, {add.boss: 8, cut.pocket: 1, add.regrown: 1})),
    "shaft": Family(14, _LATER, _built(_ROUND, {add.collar: 8, cut.pocket: 1})),
    "blocks": Family(18, _LATER, _built({slab: 1}, {add.flush: 7, add.rib: 2, add.wedge: 1})),
    "milled": Family(14, _LATER, _built({slab: 6, sketched: 3}, _CUTS)),
    "twins": Family(4, _LATER, _built(_BASES, {add.twin: 4, add.boss: 1}, add.twin)),
    "siblings": Family(2, range(2, 5), _built({tube: 2, sketched: 2, slab: 1}, {add.sibling: 1})),
    "crossing": Family(6, _LATER, _built(_BASES, {add.crossing: 3, cut.slit: 1}, add.crossing)),
    "inserted": Family(5, range(2, 7), plan.inserted),
    "link": Family(5, range(2, 6), plan.link),
    "tray": Family(5, _LATER, plan.tray),
    "bracket": Family(8, _LATER, plan.bracket),
    "table": Family(3, _LATER, plan.table),
    "beams": Family(2, _LATER, plan.beams),
    "mixed": Family(18, _LATER, _built(_BASES, _ALL)),
}
"""Sketch-and-extrude families, weighted as real parts are."""
