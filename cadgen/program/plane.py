"""The planes that sketches lie in, and which of x, y and z (0, 1, 2) run along and across them."""

AXES = {"XY": (0, 1, 2), "XZ": (0, 2, 1), "YZ": (1, 2, 0)}
"""Plane -> the axes of its two coordinates and the one across it. XZ is left-handed: CadQuery's looks along -y."""

PLANE_ACROSS = {axes[2]: plane for plane, axes in AXES.items()}
"""Axis -> the plane that it is across."""

IN_PLANE = {axes[2]: axes[:2] for axes in AXES.values()}
"""Axis -> the axes of the two coordinates in the plane that it is across."""

NAMED_FRAMES = {
    "XY": ((1, 0, 0), (0, 0, 1)),
    "YZ": ((0, 1, 0), (1, 0, 0)),
    "ZX": ((0, 0, 1), (0, 1, 0)),
    "XZ": ((1, 0, 0), (0, -1, 0)),
    "YX": ((0, 1, 0), (0, 0, -1)),
    "ZY": ((0, 0, 1), (-1, 0, 0)),
    "front": ((1, 0, 0), (0, 0, 1)),
    "back": ((-1, 0, 0), (0, 0, -1)),
    "left": ((0, 0, 1), (-1, 0, 0)),
    "right": ((0, 0, -1), (1, 0, 0)),
    "top": ((1, 0, 0), (0, 1, 0)),
    "bottom": ((1, 0, 0), (0, -1, 0)),
}
"""Name -> x direction and normal, as in CadQuery's `Plane.named`."""


def origin_of(plane: str, height: int) -> tuple[int, int, int]:
    """The point of the plane, at `height` along the axis across it, whose in-plane coordinates are 0."""
    x, y, z = (height if axis == AXES[plane][2] else 0 for axis in range(3))
    return x, y, z
