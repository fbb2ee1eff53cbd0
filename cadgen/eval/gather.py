"""The rows of all processes of a run, where several were started."""

from collections.abc import Sequence

import torch.distributed

from cadgen.eval.row import Row


def gather(rows: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """On every process the rows of all: by decoding, then by id in the given order. All have to ask for it."""
    group = torch.distributed
    parts: list[Sequence[Row]] = [rows]
    if group.is_available() and group.is_initialized():
        parts = [[]] * group.get_world_size()
        group.all_gather_object(parts, list(rows))
    found = [row for part in parts for row in part]
    decodings = list(dict.fromkeys(row.decoding for row in found))
    position = {case_id: number for number, case_id in enumerate(order)}
    return sorted(found, key=lambda row: (decodings.index(row.decoding), position[row.id]))
