"""The rows of all processes of a run, where Lightning's strategy has started several."""

from collections.abc import Sequence

import torch.distributed

from cadgen.data import Sample
from cadgen.record import Row


def gather(rows: Sequence[Row], samples: Sequence[Sample]) -> list[Row]:
    """On every process the rows of all: by decoding, then in the order of `samples`. All have to ask for it."""
    group = torch.distributed
    parts: list[Sequence[Row]] = [rows]
    if group.is_available() and group.is_initialized():
        parts = [[]] * group.get_world_size()
        group.all_gather_object(parts, list(rows))
    found = [row for part in parts for row in part]
    decodings = list(dict.fromkeys(row.decoding for row in found))
    position = {sample.id: number for number, sample in enumerate(samples)}
    return sorted(found, key=lambda row: (decodings.index(row.decoding), position[row.id]))
