"""Lettering in the cage, which can open no font: one font for all that `text` asks for, opened before it closes.

It is the one that Pillow carries (Aileron, ASCII and little more), the same on every machine, whatever font, style or
path a program names. Outlines have no scale: glyphs are drawn at one size and scaled.
"""

import math
import os
from typing import Any

from cadquery.occ_impl import shapes
from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
from OCP.gp import gp_Pnt, gp_Trsf
from OCP.NCollection import NCollection_Utf8String
from OCP.StdPrs import StdPrs_BRepFont, StdPrs_BRepTextBuilder
from OCP.TopoDS import TopoDS_Shape
from PIL import ImageFont

_SIZE = 64.0  # units; at which glyphs are drawn


def lend() -> None:
    """Before the cage closes: CadQuery's `text` and `makeText` draw with this font, in all forks."""
    font = _opened(getattr(ImageFont.load_default(10), "font_bytes", b""))
    lent = {
        "StdPrs_BRepFont": lambda _name, _style, size: _Sized(font, size),
        "Font_BRepTextBuilder": _Builder,
        "Font_FontMgr": _Manager,
    }
    for name, ours in lent.items():
        setattr(shapes, name, ours)


def _opened(font: bytes) -> StdPrs_BRepFont | None:
    """None where Pillow brings none: it was built without FreeType."""
    if not font:
        return None
    descriptor = os.memfd_create("font")
    try:
        os.write(descriptor, font)
        opened = StdPrs_BRepFont(NCollection_Utf8String(f"/proc/self/fd/{descriptor}"), _SIZE)
    finally:
        os.close(descriptor)  # it is mapped into memory by now
    for letter in range(32, 127):
        opened.RenderGlyph(chr(letter))  # which keeps it: no fork need draw it again
    return opened


class _Sized:
    """The font, to be scaled to a size."""

    def __init__(self, font: StdPrs_BRepFont | None, size: float):
        if font is None:
            raise RuntimeError("text is not available in the sandbox: Pillow was built without FreeType")
        if not 0 < size < math.inf:
            raise ValueError(f"text of size {size:g}; give one above 0")
        self.font, self.factor = font, size / _SIZE


class _Builder:
    """As the kernel's builder of texts is called."""

    def Perform(self, sized: _Sized, text: NCollection_Utf8String, **alignment: Any) -> TopoDS_Shape:
        drawn = StdPrs_BRepTextBuilder().Perform(sized.font, text, **alignment)
        scale = gp_Trsf()
        scale.SetScale(gp_Pnt(), sized.factor)
        return BRepBuilderAPI_Transform(drawn, scale, True).Shape()


class _Manager:
    """As the kernel's list of the system's fonts is asked; it knows no font file, and one font by any name."""

    @classmethod
    def GetInstance_s(cls) -> "_Manager":
        return cls()

    def CheckFont(self, _path: str) -> None:
        return None

    def FindFont(self, *_: object) -> "_Manager":
        return self

    def FontName(self) -> "_Manager":
        return self

    def ToCString(self) -> str:
        return "Aileron"
