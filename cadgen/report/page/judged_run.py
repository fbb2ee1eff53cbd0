"""`JudgedRun`: what a page is told of a run, of rows from a run that ends or from a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cadgen.data import Sample
from cadgen.eval.row import CONSTANT, REFERENCE, Row
from cadgen.eval.truth import Truth


@dataclass(frozen=True)
class JudgedRun:
    """folder: where run.json lies and rows.jsonl; samples, truths: by id, of what is known of the data."""

    name: str
    folder: Path
    rows: Sequence[Row]
    candidates: Sequence[Row] = ()
    samples: Mapping[str, Sample] = field(default_factory=dict)
    truths: Mapping[str, Truth] = field(default_factory=dict)

    @property
    def main(self) -> str:
        """The decoding that the run is about: the last that is neither an oracle nor judged beside."""
        return next((row.decoding for row in reversed(self.rows) if is_decoding(row)), CONSTANT)


def is_decoding(row: Row) -> bool:
    """Whether a decoding wrote it: no oracle, no constant answer, no reference."""
    return ":" not in row.decoding and row.decoding not in (CONSTANT, REFERENCE)
