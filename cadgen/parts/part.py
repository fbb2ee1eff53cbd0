"""Random parts: `sample_program(seed)` says how a part is built, `sample_part(seed)` also builds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from cadgen.kernel import NotCovered, build
from cadgen.lang.canonical import NoFold, canonical
from cadgen.parts.attempt import draw_part
from cadgen.parts.draw import pick
from cadgen.parts.family import FAMILIES
from cadgen.parts.full import FULL
from cadgen.program import Program, write
from cadgen.shape import Sandbox, Solid

# Of 100 published programs, how many have so many extrusions.
NUM_EXTRUSIONS = {1: 57, 2: 18, 3: 12, 4: 7, 5: 3, 6: 1.5, 7: 1, 8: 0.5}


@dataclass(frozen=True)
class Draft:
    """A program of a family, in normal form; its solid on meshes, or None where only the CAD kernel builds it."""

    family: str
    code: str
    solid: Solid | None


@dataclass(frozen=True)
class Part:
    """A canonical program and its solid."""

    code: str
    solid: Solid
    family: str


def sample_part(seed: int, box: Sandbox | None = None, families: Mapping[str, float] | None = None) -> Part:
    """The part of this seed: the CAD kernel's solid with a running sandbox, the mesh kernel's (no B-rep) without.

    families: weights by name, of `FAMILIES` and `FULL`; by default those of `FAMILIES`. For a part that needs the CAD
    kernel, as most of `FULL` do, a sandbox is started. Same seed, same part.
    """
    draft = sample_draft(seed, families)
    if box is None:
        if draft.solid is not None:
            return Part(draft.code, draft.solid, draft.family)
        with Sandbox(workers=1) as own:
            return sample_part(seed, own, families)
    (execution,) = box.run([draft.code])
    if execution.solid is None:
        raise RuntimeError(f"seed {seed}: the CAD kernel answers {execution.status}: {execution.error}")
    return Part(draft.code, execution.solid, draft.family)


def sample_program(seed: int, families: Mapping[str, float] | None = None) -> Program:
    """The program of this seed, of `FAMILIES` valid and minimal by the mesh kernel.

    Raises `ValueError` for a family of `FULL` whose programs are no folds of steps.
    """
    family, num = _chosen(seed, families)
    if family not in FULL:
        return draw_part(f"{seed}", family, num)[0]
    try:
        return canonical(_full_code(seed, family), grid=1)
    except NoFold as reason:
        raise ValueError(f"family {family} is no fold of steps; take sample_part or weigh it 0") from reason


def sample_draft(
    seed: int, families: Mapping[str, float] | None = None, nums: Mapping[int, float] = NUM_EXTRUSIONS
) -> Draft:
    """Family, program and solid of this seed. nums: how often a part has so many extrusions."""
    family, num = _chosen(seed, families, nums)
    if family in FULL:
        code = _full_code(seed, family)
        return Draft(family, code, _meshed(code))
    program, solid = draw_part(f"{seed}", family, num)
    return Draft(family, write(program), solid)


def _full_code(seed: int, family: str) -> str:
    return FULL[family](Random(f"{seed}/{family}"))


def _meshed(code: str) -> Solid | None:
    """The solid on meshes, where that kernel covers the program."""
    try:
        return build(code)
    except NotCovered:
        return None


def _chosen(
    seed: int, families: Mapping[str, float] | None, nums: Mapping[int, float] = NUM_EXTRUSIONS
) -> tuple[str, int]:
    """The family and the number of extrusions of this seed."""
    weights, rng = weights_of(families), Random(f"{seed}")
    possible = {num for name in weights for num in _nums(name)}
    num = pick(rng, {num: share for num, share in nums.items() if num in possible})
    return pick(rng, {name: weight for name, weight in weights.items() if num in _nums(name)}), num


def _nums(name: str) -> range:
    return range(1, 9) if name in FULL else FAMILIES[name].num


def weights_of(families: Mapping[str, float] | None) -> dict[str, float]:
    """The families that may be drawn and their weights. Raises `ValueError`."""
    weights = {name: family.weight for name, family in FAMILIES.items()} if families is None else dict(families)
    unknown = sorted(weights.keys() - FAMILIES.keys() - FULL.keys())
    if unknown or not any(weight > 0 for weight in weights.values()):
        known = ", ".join([*FAMILIES, *FULL])
        raise ValueError(f"families {unknown or weights}: weigh at least one of {known} above 0")
    return {name: weight for name, weight in weights.items() if weight > 0}
