"""What programs are compared with: reference programs, executed, and reference STEP files, read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cadgen.shape import Execution, NotManifold, Sandbox, Solid, Structure, structure


@dataclass(frozen=True)
class Truth:
    """What a case is judged by: its reference program, what became of that, and the solid of a reference STEP file.

    code: "" where there is only a file, which then takes the program's place; family: of the generated part.
    """

    code: str
    execution: Execution
    step: Solid | None = None
    family: str | None = None

    @property
    def solid(self) -> Solid:
        """Of the program: `references` makes a truth only of one that leaves a solid."""
        assert self.execution.solid is not None
        return self.execution.solid

    @cached_property
    def structure(self) -> Structure | None:
        return structure_of(self.solid)


@dataclass(frozen=True)
class LeftOut:
    """A sample that nothing can be judged by, through a fault of the data. status: the sandbox's word for what became
    of the reference, or "picture"; error: one line that names the file or program at fault.
    """

    id: str
    status: str
    error: str


def references(
    codes: Mapping[str, str],
    box: Sandbox,
    steps: Mapping[str, bytes] = {},
    families: Mapping[str, str] = {},
    title: str | None = None,
) -> tuple[dict[str, Truth], list[LeftOut]]:
    """The truth of each reference program by id, and the programs and files at fault: that leave no solid, or one that
    no metric can compare.

    steps, families: STEP files and families, of those that have one; title: of a progress bar.

    They are other people's programs and read as such: any Python.
    """
    executions = dict(zip(codes, map(comparable, box.run(list(codes.values()), title, profile="open")), strict=True))
    files = dict(zip(steps, map(comparable, box.read_steps(list(steps.values()))), strict=True))
    left_out = {
        case_id: LeftOut(case_id, found.status, f"the {what} ends with {found.status} ({found.error})")
        for what, all_found in (("STEP file", files), ("reference program", executions))
        for case_id, found in all_found.items()
        if not found.ok
    }
    truths = {
        case_id: Truth(
            codes[case_id], execution, files[case_id].solid if case_id in files else None, families.get(case_id)
        )
        for case_id, execution in executions.items()
        if case_id not in left_out
    }
    return truths, list(left_out.values())


def comparable(found: Execution) -> Execution:
    """The execution; invalid where no metric can compare its solid: the very same one would score 0 beside it."""
    try:
        if found.solid is not None:
            _ = found.solid.bodies, found.solid.radius_of_gyration
    except ValueError as error:  # NotManifold is one
        return replace(found, status="invalid", error=f"its solid cannot be compared with any: {error}", solid=None)
    return found


def structure_of(solid: Solid) -> Structure | None:
    """None where the solid's triangles bound nothing, and of a mesh without edges, whose faces nobody can count."""
    if not len(solid.edge_faces):
        return None
    try:
        return structure(solid)
    except NotManifold:
        return None
