"""The chooser that takes the likeliest program which runs, and tries no more of them than it has to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Execute, Likelihood, Picture


@dataclass(frozen=True)
class Executes:
    """As `Likelihood`, but what is likelier than the first that leaves a solid in the sandbox comes last.

    Those of all pictures are tried together: the likeliest of each, then the next of each whose last left none.
    """

    def __call__(self, offers: Offers, pictures: Sequence[Picture], execute: Execute) -> Offers:
        ranked = Likelihood()(offers, pictures, execute)
        runs: dict[str, bool] = {}
        while codes := {code: None for one in ranked if (code := _untried(one, runs)) is not None}:
            runs |= {code: execution.ok for code, execution in zip(codes, execute(list(codes)), strict=True)}
        return [_turned(candidates, runs) for candidates in ranked]


def _untried(candidates: Sequence[Candidate], runs: Mapping[str, bool]) -> str | None:
    """The first program that may run, unless that is known."""
    hope = next((one.code for one in candidates if runs.get(one.code, True)), None)
    return None if hope in runs else hope


def _turned(candidates: list[Candidate], runs: Mapping[str, bool]) -> list[Candidate]:
    first = next((place for place, one in enumerate(candidates) if runs[one.code]), 0)
    return candidates[first:] + candidates[:first]
