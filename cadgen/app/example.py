"""Pictures to try the app with, drawn by our own renderer from a few programs, in looks as people have them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PIL import Image

from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.parts import Styles
from cadgen.shape import PUBLISHED, Camera

_SIZE = 448  # px of the longer side


@dataclass(frozen=True)
class Example:
    """title: for people; look: one of `cadgen.parts.style.WEIGHTS`; steps: the program behind its import."""

    title: str
    look: str
    camera: Camera
    seed: int
    steps: str


EXAMPLES: Mapping[str, Example] = {
    "angle": Example(
        "bracket, shaded grey", "published", PUBLISHED, 1,
        "r=cq.Workplane('XZ').polyline([(-150,-120),(150,-120),(150,-70),(-100,-70),(-100,120),(-150,120)]).close()"
        ".extrude(200)\n"
        "r=r.cut(cq.Workplane('XY',origin=(50,-100,-120)).circle(32).extrude(50))",
    ),
    "plate": Example(
        "plate, coloured", "cad_viewer", PUBLISHED, 16,
        "r=cq.Workplane('XY').rect(360,240).extrude(40)\n"
        "r=r.cut(cq.Workplane('XY').pushPoints([(-130,-70),(130,-70),(-130,70),(130,70)]).circle(22).extrude(40))\n"
        "r=r.cut(cq.Workplane('XY').circle(60).extrude(40))",
    ),
    "flange": Example(
        "flange, viewer", "cad_viewer", PUBLISHED, 10,
        "r=cq.Workplane('XY').circle(170).extrude(50)\n"
        "r=r.union(cq.Workplane('XY',origin=(0,0,50)).circle(90).extrude(110))\n"
        "r=r.cut(cq.Workplane('XY').circle(50).extrude(160))",
    ),
    "channel": Example(
        "channel, dark", "dark_theme", Camera(-55, 30), 16,
        "r=cq.Workplane('YZ').polyline([(-120,-90),(120,-90),(120,90),(80,90),(80,-50),(-80,-50),(-80,90),(-120,90)])"
        ".close().extrude(360)",
    ),
    "step": Example(
        "stepped block, line drawing", "line_drawing", PUBLISHED, 10,
        "r=cq.Workplane('XZ').polyline([(-180,-110),(180,-110),(180,-20),(20,-20),(20,110),(-180,110)]).close()"
        ".extrude(220)",
    ),
    "tee": Example(
        "tee, no edges drawn", "shaded_no_edges", PUBLISHED, 15,
        "r=cq.Workplane('XY').rect(340,130).extrude(70)\n"
        "r=r.union(cq.Workplane('XY').rect(110,130).extrude(230))",
    ),
}  # fmt: skip
"""By name."""


@cache
def picture_of(name: str) -> bytes:
    """The example's picture, a PNG file's bytes. Raises `KeyError`."""
    example = EXAMPLES[name]
    solid = build(canonical(f"import cadquery as cq\n{example.steps}\n", grid=1))
    drawn = Styles({example.look: 1.0}, example.camera).draw(solid, _SIZE, example.seed)
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, "PNG")
    return file.getvalue()
