"""`pack`: meshes with their edges as text for a page, about a tenth of what OBJ takes.

All shapes of a scene are rounded to one grid of 65,536 steps along its longest side, so that what lies on each other
still does. The bytes, which viewer.js reads: shape by shape uint16 (V, 3) positions in steps from `low`, then (T, 3)
corners and (E, 2) ends of segments, uint16 or, of more than 65,536 vertices, uint32; of each row the difference to the
one before, which deflates to half; little-endian, deflated, base64.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STEPS = 2**16 - 1


@dataclass(frozen=True)
class Shape:
    """vertices: (V, 3) finite floats; triangles: (T, 3) vertices, outward; segments: (E, 2) vertices, edges drawn."""

    vertices: np.ndarray
    triangles: np.ndarray
    segments: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int32))


def pack(shapes: Mapping[str, Shape]) -> dict:
    """The scene as plain data for `SolidViewer.show`: at most half a step, in each axis, off what was given.

    Raises `ValueError` where there is nothing, or a number that is not finite.
    """
    points = np.concatenate([shape.vertices for shape in shapes.values()]) if shapes else np.zeros((0, 3))
    if not len(points) or not np.isfinite(points).all():
        raise ValueError("a scene needs vertices, and all of them finite")
    low = points.min(0)
    step = float(np.ptp(points, axis=0).max()) / STEPS or 1.0
    raw, sizes = b"", []
    for name, shape in shapes.items():
        index = "<u2" if len(shape.vertices) <= STEPS + 1 else "<u4"
        raw += _steps_of(np.rint((shape.vertices - low) / step), "<u2")
        raw += _steps_of(shape.triangles, index) + _steps_of(shape.segments, index)
        sizes.append([name, len(shape.vertices), len(shape.triangles), len(shape.segments)])
    data = base64.b64encode(zlib.compress(raw, 9)).decode()
    return {"low": low.tolist(), "step": step, "shapes": sizes, "data": data}


def _steps_of(rows: np.ndarray, dtype: str) -> bytes:
    """From row to row, the first from 0; they wrap, as the sums of a reader do."""
    return np.diff(rows.astype(np.int64), axis=0, prepend=0).astype(dtype).tobytes()
