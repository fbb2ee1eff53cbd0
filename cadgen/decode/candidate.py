"""What a decoder offers for a picture."""

from dataclasses import dataclass, field

from cadgen.shape import Camera


@dataclass(frozen=True)
class Candidate:
    """A proposed program.

    log_probability: natural, summed over its tokens, None for a program that the network did not write itself;
    finished: it ended before the token limit; cameras: what each picture of the part was found to be taken from, none
    where nobody looked; confidence: the probability that it is right, as `decode.confidence` has it, None where nobody
    asked; reason: what speaks against it, where much does; likeness: of its solid and the pictures, from 0 to 1, None
    where nobody looked. These make no other candidate of it.
    """

    code: str
    log_probability: float | None
    num_tokens: int
    finished: bool
    cameras: tuple[Camera, ...] = field(default=(), compare=False)
    confidence: float | None = field(default=None, compare=False)
    reason: str = field(default="", compare=False)
    likeness: float | None = field(default=None, compare=False)


Offers = list[list[Candidate]]
"""The candidates of each part of a batch."""
