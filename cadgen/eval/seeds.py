"""Jobs that differ by their seed taken together, and what a picture costs relative to the first of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cadgen.eval.row import Row


@dataclass(frozen=True)
class Variant:
    """One decoding of the jobs that differ by nothing but their seed.

    vsr, iou_aligned: means over the seeds, a program that fails counting 0; lowest, highest: seed's iou_aligned;
    seconds: decoding time a picture; relative: the same, of the first variant's, None where that took no time.
    """

    name: str
    decoding: str
    num_seeds: int
    vsr: float
    iou_aligned: float
    lowest: float
    highest: float
    seconds: float
    relative: float | None


def over_seeds(jobs: Mapping[tuple[str, int], Sequence[Row]]) -> list[Variant]:
    """One for each name and decoding, in the order in which they appear; jobs: (name, seed) -> rows."""
    groups: dict[tuple[str, str], dict[int, list[Row]]] = {}
    for (name, seed), rows in jobs.items():
        for row in rows:
            groups.setdefault((name, row.decoding), {}).setdefault(seed, []).append(row)
    first = next((_seconds(seeds) for seeds in groups.values()), 0.0)
    return [_variant(name, decoding, seeds, first) for (name, decoding), seeds in groups.items()]


def _variant(name: str, decoding: str, seeds: dict[int, list[Row]], first: float) -> Variant:
    vsr = float(np.mean([np.mean([row.status == "ok" for row in rows]) for rows in seeds.values()]))
    ious = [float(np.mean([row.primary for row in rows])) for rows in seeds.values()]
    seconds = _seconds(seeds)
    relative = seconds / first if first else None
    return Variant(name, decoding, len(seeds), vsr, float(np.mean(ious)), min(ious), max(ious), seconds, relative)


def _seconds(seeds: dict[int, list[Row]]) -> float:
    return float(np.mean([row.seconds for rows in seeds.values() for row in rows]))
