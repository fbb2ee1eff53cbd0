"""What a decoder offers for a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A proposed program.

    log_probability: natural, summed over its tokens, None for a program that the network did not write itself;
    finished: it ended before the token limit.
    """

    code: str
    log_probability: float | None
    num_tokens: int
    finished: bool


Offers = list[list[Candidate]]
"""The candidates of each picture of a batch."""
