"""What a decoder offers for a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A proposed program.

    log_probability: natural, summed over its tokens; finished: it ended before the token limit.
    """

    code: str
    log_probability: float
    num_tokens: int
    finished: bool
