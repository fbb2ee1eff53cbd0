"""Pairs for training, drawn as they are needed: no process is started and nothing is written."""

from collections.abc import Mapping

import numpy as np

from cadgen.parts.part import NUM_EXTRUSIONS, sample_draft
from cadgen.parts.style import Styles
from cadgen.shape import render


def draw_pair(
    seed: int,
    size: int = 448,
    styles: Styles | None = None,
    families: Mapping[str, float] | None = None,
    nums: Mapping[int, float] = NUM_EXTRUSIONS,
) -> tuple[np.ndarray, str]:
    """The picture, uint8, and canonical program of this seed: (size, size, 3), with styles as `Styles.draw` has it.

    Raises `ValueError` for a part that only the CAD kernel builds.
    """
    draft = sample_draft(seed, families, nums)
    if draft.solid is None:
        raise ValueError(f"family {draft.family} needs the CAD kernel; write a dataset with python -m cadgen.parts")
    picture = styles.draw(draft.solid, size, seed) if styles else render(draft.solid, size)
    return picture, draft.code
