"""What programs are compared with: reference programs, executed, and reference STEP files, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cadgen.shape import Execution, NotManifold, Sandbox, Solid, Structure, structure


@dataclass(frozen=True)
class Truth:
    """What a case is judged by: its reference program, what became of that, and the solid of a reference STEP file.

    family: of the generated part.
    """

    code: str
    execution: Execution
    step: Solid | None = None
    family: str | None = None

    @property
    def solid(self) -> Solid:
        """Of the program: `references` lets none through that leaves none."""
        assert self.execution.solid is not None
        return self.execution.solid

    @cached_property
    def structure(self) -> Structure | None:
        return structure_of(self.solid)


def references(
    codes: Mapping[str, str], box: Sandbox, steps: Mapping[str, bytes] = {}, families: Mapping[str, str] = {}
) -> dict[str, Truth]:
    """The truth of each reference program by id; steps, families: STEP files and families, of those that have one.

    They are other people's programs and read as such: any Python. Raises `ValueError` for one that does not run, and
    for a file without a solid: the data are at fault.
    """
    executions = dict(zip(codes, box.run(list(codes.values()), profile="open"), strict=True))
    files = dict(zip(steps, box.read_steps(list(steps.values())), strict=True))
    for what, found in (("reference program", executions), ("STEP file", files)):
        for case_id, execution in found.items():
            if not execution.ok:
                told = f"{execution.status} ({execution.error})"
                raise ValueError(f"the {what} of {case_id} ends with {told}; take it out of the dataset")
    return {
        case_id: Truth(
            codes[case_id], execution, files[case_id].solid if case_id in files else None, families.get(case_id)
        )
        for case_id, execution in executions.items()
    }


def structure_of(solid: Solid) -> Structure | None:
    """None where the solid's triangles bound nothing."""
    try:
        return structure(solid)
    except NotManifold:
        return None
