"""Styles of pictures: looks by name, each of a surface, lines, a ground, a frame, a camera and wear."""

from cadgen.parts.style.eyes import Cameras
from cadgen.parts.style.styles import WEIGHTS, Styles

__all__ = ["WEIGHTS", "Cameras", "Styles"]
