"""`structure`: counted as one would by hand."""

from collections.abc import Callable

import pytest

from cadgen.shape import Solid, Structure, structure

CASES = {
    "box": ("result=cq.Workplane().box(3,2,1)", (1, 0, 6)),
    "cylinder": ("result=cq.Workplane().circle(1).extrude(2)", (1, 0, 3)),
    "through hole": ("result=cq.Workplane().box(3,2,1).faces('>Z').workplane().hole(.5)", (1, 1, 7)),
    "blind hole": ("result=cq.Workplane().box(3,2,1).faces('>Z').workplane().hole(.5,.5)", (1, 0, 8)),
    "four holes": ("result=cq.Workplane().box(9,9,1).faces('>Z').workplane().rarray(3,3,2,2).hole(.5)", (1, 4, 10)),
    "crossing holes": (
        "result=cq.Workplane().box(4,4,4).faces('>Z').workplane().hole(1).faces('>X').workplane(centerOption='CenterOfBoundBox').hole(1)",
        (1, 3, None),  # four mouths that meet inside
    ),
    "cavity": ("result=cq.Workplane().box(4,4,4).cut(cq.Workplane().box(1,1,1))", (1, 0, 12)),
    "two bodies": ("result=cq.Workplane().pushPoints([(0,0),(9,0)]).circle(2).circle(1).extrude(1)", (2, 2, 8)),
    "bodies that touch": (
        "a=cq.Solid.makeBox(1,1,1)\nresult=cq.Compound.makeCompound([a,a.moved(cq.Location(cq.Vector(1,0,0)))])",
        (2, 0, 12),
    ),
    "ring": ("result=cq.Solid.makeTorus(3,1)", (1, 1, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_bodies_holes_and_faces_are_counted(name: str, build: Callable[..., list[Solid]]) -> None:
    code, (bodies, holes, faces) = CASES[name]
    (solid,) = build(code)
    found = structure(solid)
    assert found == Structure(bodies, holes, found.faces if faces is None else faces)
