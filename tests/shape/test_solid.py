"""`decode`: an answer of the cage is a sound `Solid` or a ValueError, whatever was done to it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadgen.shape.solid import decode

ARRAYS = {  # a tetrahedron
    "vertices": np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], "<f8"),
    "triangles": np.array([(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)], "<i4"),
    "triangle_face": np.arange(4, dtype="<i4"),
    "triangle_body": np.zeros(4, "<i4"),
    "edge_points": np.array([0, 1, 1, 2, 2, 0, 0, 3, 1, 3, 2, 3], "<i4"),
    "edge_start": np.arange(0, 14, 2, dtype="<i4"),
    "edge_faces": np.array([(0, 1), (0, 3), (0, 2), (1, 2), (1, 3), (2, -1)], "<i4"),
    "stl_vertices": np.zeros((0, 3), "<f8"),
    "stl_triangles": np.zeros((0, 3), "<i4"),
}
STL = {"stl_vertices": 2 * ARRAYS["vertices"], "stl_triangles": ARRAYS["triangles"][:, ::-1].copy()}
NUMBERS = {"volume": 1 / 6, "centre": [0.25] * 3, "inertia": np.eye(3).tolist(), "valid": True}


def answer(
    arrays: dict | None = None, numbers: dict | None = None, shapes: dict | None = None, tail: bytes = b""
) -> bytes:
    """The tetrahedron's answer with some arrays, numbers or told shapes replaced."""
    arrays = ARRAYS | (arrays or {})
    told = {name: [array.dtype.str, array.shape] for name, array in arrays.items()} | (shapes or {})
    header = json.dumps(NUMBERS | (numbers or {}) | {"arrays": told}).encode()
    return header + b"\n" + b"".join(array.tobytes() for array in arrays.values()) + tail


def changed(name: str, index: tuple | int, value: float) -> dict:
    array = ARRAYS[name].copy()
    array[index] = value
    return {name: array}


TAMPERED = {
    "nothing": b"",
    "no header": b"\n" + answer().partition(b"\n")[2],
    "a header that is no object": b"[1, 2]\n",
    "a header without arrays": b'{"volume": 1}\n',
    "a header that nests too deep": b"[" * 100_000 + b"\n",
    "a header that is not UTF-8": b'{"arrays": "\xff"}\n',
    "arrays that are a list": b'{"arrays": [1]}\n',
    "a cut-off answer": answer()[:-1],
    "bytes after the arrays": answer(tail=b"x"),
    "a vertex that is not a number": answer(changed("vertices", (2, 1), np.nan)),
    "a vertex at infinity": answer(changed("vertices", (0, 0), np.inf)),
    "a triangle beyond the vertices": answer(changed("triangles", (1, 1), 4)),
    "a triangle before the vertices": answer(changed("triangles", (1, 1), -1)),
    "a face number below zero": answer(changed("triangle_face", 0, -1)),
    "a face number that would fill the memory": answer(changed("triangle_face", 0, 2**31 - 1)),
    "a body number below zero": answer(changed("triangle_body", 0, -1)),
    "a face number too few": answer({"triangle_face": ARRAYS["triangle_face"][:-1]}),
    "a body number too many": answer({"triangle_body": np.zeros(5, "<i4")}),
    "an edge beyond the vertices": answer(changed("edge_points", 3, 4)),
    "an edge start beyond the points": answer(changed("edge_start", 2, 99)),
    "an exported triangle beyond the vertices": answer(STL | {"stl_vertices": STL["stl_vertices"][:3]}),
    "an exported triangle without vertices": answer({"stl_triangles": STL["stl_triangles"]}),
    "an exported vertex that is not a number": answer(STL | {"stl_vertices": np.full((4, 3), np.nan)}),
    "edge starts that go back": answer(changed("edge_start", 2, 1)),
    "edges that do not start at zero": answer(changed("edge_start", 0, 1)),
    "edges that end early": answer(changed("edge_start", -1, 11)),
    "edge owners too few": answer({"edge_faces": ARRAYS["edge_faces"][:-1]}),
    "an edge owner that is no face": answer(changed("edge_faces", (0, 0), 99)),
    "no triangles": answer({name: ARRAYS[name][:0] for name in ("triangles", "triangle_face", "triangle_body")}),
    "a volume of zero": answer(numbers={"volume": 0}),
    "a negative volume": answer(numbers={"volume": -1.0}),
    "a volume that is not a number": answer(numbers={"volume": float("nan")}),
    "a volume that is text": answer(numbers={"volume": "much"}),
    "a volume beyond floats": answer(numbers={"volume": 10**400}),
    "a volume that is null": answer(numbers={"volume": None}),
    "a centre at infinity": answer(numbers={"centre": [0, 0, float("inf")]}),
    "a centre of two numbers": answer(numbers={"centre": [0, 0]}),
    "a centre that is an object": answer(numbers={"centre": {"x": 0}}),
    "a ragged inertia": answer(numbers={"inertia": [[1, 0, 0], [0, 1], [0, 0, 1]]}),
    "an inertia of no size": answer(numbers={"inertia": np.zeros((3, 3)).tolist()}),
    "another type": answer(shapes={"vertices": ["<f4", [4, 3]]}),
    "a type of objects": answer(shapes={"vertices": ["|O", [4, 3]]}),
    "a flat shape": answer(shapes={"vertices": ["<f8", [12]]}),
    "no shape": answer(shapes={"vertices": ["<f8", []]}),
    "a shape that is a number": answer(shapes={"vertices": ["<f8", 12]}),
    "a shape that is text": answer(shapes={"vertices": ["<f8", "43"]}),
    "a shape of fractions": answer(shapes={"vertices": ["<f8", [4.5, 3]]}),
    "a shape of null": answer(shapes={"vertices": ["<f8", [None, 3]]}),
    "a negative length": answer(shapes={"vertices": ["<f8", [-1, 3]]}),
    "a length beyond the answer": answer(shapes={"vertices": ["<f8", [10**9, 3]]}),
    "a length beyond 64 bits": answer(shapes={"vertices": ["<f8", [2**64 // 24 + 1, 3]]}),
    "a length of a thousand digits": answer(shapes={"vertices": ["<f8", [10**1000, 3]]}),
    "an entry too many": answer(shapes={"vertices": ["<f8", [4, 3], 0]}),
}


def test_an_honest_answer_is_a_solid() -> None:
    solid = decode(answer(), b"brep")
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(getattr(solid, name), array)
    assert (solid.volume, solid.valid, solid.brep) == (1 / 6, True, b"brep")
    assert solid.radius_of_gyration == pytest.approx(3)
    np.testing.assert_array_equal(solid.bounds, [(0, 0, 0), (1, 1, 1)])


def test_the_exported_mesh_is_the_other_one_where_there_is_one() -> None:
    same, other = decode(answer(), b""), decode(answer(STL), b"")
    assert same.stl[0] is same.vertices and same.stl[1] is same.triangles
    np.testing.assert_array_equal(other.stl[0], STL["stl_vertices"])
    np.testing.assert_array_equal(other.stl[1], STL["stl_triangles"])


def test_a_solid_may_have_no_edges() -> None:
    none = {"edge_points": np.zeros(0, "<i4"), "edge_start": np.zeros(1, "<i4"), "edge_faces": np.zeros((0, 2), "<i4")}
    assert len(decode(answer(none), b"").edge_faces) == 0


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_answer_is_refused(tampered: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(tampered, b"")


@given(st.integers(0, len(answer()) - 1), st.binary(min_size=1, max_size=8), st.integers(0, 8))
def test_changed_bytes_give_a_solid_of_finite_numbers_or_a_value_error(at: int, new: bytes, gone: int) -> None:
    honest = answer()
    try:
        solid = decode(honest[:at] + new + honest[at + gone :], b"")
    except ValueError:
        return
    assert np.isfinite(solid.vertices).all()
    assert solid.volume > 0
    assert solid.triangles.max() < len(solid.vertices)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(st.sampled_from([*NUMBERS, *ARRAYS]), json_values)
def test_odd_values_in_the_header_never_raise_anything_but_value_error(name: str, value: object) -> None:
    tampered = answer(numbers={name: value}) if name in NUMBERS else answer(shapes={name: value})
    try:
        solid = decode(tampered, b"")
    except ValueError:
        return
    assert solid.volume > 0
