"""Choosers: callables that order a picture's candidates, best first, and drop none."""

from dataclasses import dataclass

from cadgen.decode.candidate import Candidate


@dataclass(frozen=True)
class Likelihood:
    """Finished programs first, then by mean log-probability of a token, as beam search ranks them."""

    def __call__(self, candidates: list[Candidate]) -> list[Candidate]:
        return sorted(candidates, key=lambda c: (not c.finished, -c.log_probability / max(c.num_tokens, 1)))
