"""What good programs use beside CadQuery is there in the cage, and what is not there is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import ImageFont

from cadgen.shape import Sandbox

HEAD = "import cadquery as cq\n"
BOX = "result=cq.Workplane().box(1,1,{})\n"
SOLVED = """
a=cq.Assembly(cq.Workplane().box(1,1,1),name='a').add(cq.Workplane().box(1,1,2),name='b')
a.constrain('a@faces@>Z','b@faces@<Z','Plane').solve()
top=a.toCompound().BoundingBox().zmax-a.toCompound().BoundingBox().zmin
"""
SKETCH = """
s=cq.Sketch().segment((0,0),(0,3.),'s1').arc((0.,3.),(1.5,1.5),(0.,0.),'a1').constrain('s1','Fixed',None)
s=s.constrain('s1','a1','Coincident',None).constrain('a1','s1','Coincident',None).constrain('s1','a1','Angle',45)
s=s.solve().assemble()
result=cq.Workplane().placeSketch(s).extrude(1)
"""
PROGRAMS = {  # program, volume
    "lazy parts of numpy": (
        "import numpy as np\nline=np.polynomial.Polynomial([1,2])\nwave=np.fft.fft([1,2])\nsome=np.ma.array([1,2])\n"
        "np.testing.assert_allclose(np.char.str_len(['ab']),2)\n" + BOX.format("line(1)"),
        3,
    ),
    "scipy": (
        "import scipy.integrate\nfrom scipy import optimize\nfrom scipy.interpolate import CubicSpline\n"
        "from scipy.spatial import ConvexHull\nfrom scipy.spatial.transform import Rotation\n"
        "height=optimize.brentq(lambda x: x-2,0,5)*scipy.integrate.quad(lambda x: x,0,2)[0]\n"
        "hull=ConvexHull([(0,0),(1,0),(0,1),(1,1),(.5,.5)])\nRotation.from_euler('z',3).as_matrix()\n"
        "height*=CubicSpline([0,1,2],[0,1,8])(2)/8*hull.volume\n" + BOX.format("height"),
        4,
    ),
    "cqgi": (
        "from cadquery import cqgi\nscript='import cadquery as cq\\nh=1\\nshow_object(cq.Workplane().box(1,2,h))'\n"
        "result=cqgi.parse(script).build({'h': 3}).results[0].shape",
        6,
    ),
    "free functions": ("from cadquery.func import box, fuse\nresult=fuse(box(1,1,2),box(1,1,2).moved(x=5))", 4),
    "an assembly that is solved": (SOLVED + BOX.format("top"), 3),
    "a sketch that is solved": (SKETCH + "result=result.union(result.mirror('YZ'))", None),
    "small modules": (
        "import argparse, base64, calendar, datetime, difflib, secrets, timeit, unittest, urllib.parse\n"
        "datetime.datetime.strptime('2020','%Y')\n'x'.encode('latin-1')\n" + BOX.format(5),
        5,
    ),
    "letters of any font": (
        "result=cq.Workplane().text('O',10,0.5,font='Arial',fontPath='/no/font.ttf',kind='bold')",
        None,
    ),
}
MISSING = {
    "import trimesh": "trimesh",
    "from scipy import stats": "scipy.stats",
    "import cadquery.no.more": "cadquery.no",
}
TEXTS = {"large": "text('Hg 3%',10,2)", "small": "text('Hg 3%',0.5,0.1,halign='left',valign='top')"}


def test_what_programs_use_is_there(box: Sandbox) -> None:
    found = dict(zip(PROGRAMS, box.run([HEAD + code for code, _ in PROGRAMS.values()]), strict=True))
    assert {name: one.error for name, one in found.items()} == dict.fromkeys(PROGRAMS, "")
    told = {name: found[name].solid.volume for name, (_, volume) in PROGRAMS.items() if volume}
    assert told == pytest.approx({name: volume for name, (_, volume) in PROGRAMS.items() if volume}, rel=1e-5)


@pytest.mark.parametrize(("code", "module"), MISSING.items())
def test_what_is_not_there_is_no_fault_of_the_program(box: Sandbox, code: str, module: str) -> None:
    refused, guarded = box.run([code, f"{HEAD}try:\n  {code}\nexcept ImportError:\n  {BOX.format(2)}"])
    assert (refused.status, refused.error) == ("error", f"module {module} is not available in the sandbox")
    assert guarded.ok


@pytest.mark.parametrize("profile", ["open", "dialect", "interp"])
def test_letters_are_those_of_the_one_font_in_any_size(box: Sandbox, profile: str, tmp_path: Path) -> None:
    font = tmp_path / "font.otf"
    font.write_bytes(ImageFont.load_default(10).font_bytes)
    lines = ["import cadquery as cq, json", "found=[]"]
    for call in TEXTS.values():
        lines.append(f"found.append(cq.Workplane('XY').{call[:-1]},fontPath={str(font)!r}).val())")
    lines.append("boxes=[one.BoundingBox() for one in found]")
    lines.append("print(json.dumps([[one.Volume(), b.xmin, b.ymax] for one, b in zip(found, boxes)]))")
    told = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    executed = box.run([f"{HEAD}result=cq.Workplane('XY').{call}" for call in TEXTS.values()], profile=profile)
    for one, (volume, left, top), size in zip(executed, json.loads(told.stdout), (10, 0.5), strict=True):
        assert one.ok, one.error
        assert one.solid.volume == pytest.approx(volume, rel=1e-6)
        assert (one.solid.bounds[0, 0], one.solid.bounds[1, 1]) == pytest.approx((left, top), abs=0.01 * size)


def test_letters_of_no_size_are_refused(box: Sandbox) -> None:
    (found,) = box.run([HEAD + "result=cq.Workplane().text('a',0,1)"])
    assert found.error == "ValueError: text of size 0; give one above 0"
