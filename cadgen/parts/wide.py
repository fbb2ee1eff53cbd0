"""A wider mix of parts than the published ones: more features and bodies, arrays, what leans and what is turned."""

import numpy as np

from cadgen.parts.family import FAMILIES
from cadgen.parts.pair import draw_pair
from cadgen.parts.style import Styles

_NUMS = {1: 38, 2: 22, 3: 14, 4: 9, 5: 7, 6: 5, 7: 3, 8: 2}  # of extrusions, in percent
_BODIES = {"scattered": 5, "twins": 8, "siblings": 10, "table": 5, "beams": 5}
_BEYOND = {"arrayed": 28, "leaning": 14, "revolve": 9}
_FAMILIES = {name: family.weight for name, family in FAMILIES.items()} | _BODIES | _BEYOND


def draw_wide(seed: int, size: int = 448, styles: Styles | None = None) -> tuple[np.ndarray, str]:
    """As `draw_pair`: to train on, `data=stream data.train.draw._target_=cadgen.parts.draw_wide`."""
    return draw_pair(seed, size, styles, _FAMILIES, _NUMS)
