from io import BytesIO

import pytest
from PIL import Image, ImageDraw

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({radius}).extrude(10)\n"


@pytest.fixture
def png() -> bytes:
    """The bytes of a PNG file: a black frame on white, 16 px wide."""
    picture = Image.new("RGB", (16, 16), "white")
    ImageDraw.Draw(picture).rectangle((4, 4, 11, 11), outline="black")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
