"""STL files as solids: what the kernel exports comes back; what bounds nothing is refused, whatever it says it is."""

import numpy as np
import pytest
import trimesh

from cadgen.shape import STL_LIMIT, iou_aligned, iou_cadcoder, iou_takehome, read_stl

PART = "result=cq.Workplane().box(10,20,30).faces('>Z').workplane().hole(4).edges('|Z').fillet(1)"


@pytest.fixture(scope="module")
def part(build):
    return build(PART)[0]


@pytest.fixture(scope="module")
def binary(box, part):
    return box.export(part, "stl")


def ascii_of(binary):
    mesh = trimesh.load_mesh(trimesh.util.wrap_as_stream(binary), file_type="stl")
    return mesh.export(file_type="stl_ascii").encode()


KINDS = {
    "binary": bytes,
    "ascii": ascii_of,
    "upper case": lambda file: ascii_of(file).upper(),
    "binary, named solid": lambda file: b"solid" + file[5:],
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_exported_solid_comes_back(part, binary, kind):
    found = read_stl(kind(binary))
    assert (found.status, found.error) == ("ok", "")
    # The mesh cuts corners of what is round: some 1e-5 of the volume.
    assert found.solid.volume == pytest.approx(part.volume, rel=1e-4)
    np.testing.assert_allclose(found.solid.centre, part.centre, atol=1e-3)
    np.testing.assert_allclose(found.solid.inertia, part.inertia, rtol=1e-3, atol=part.volume * 1e-3)
    for metric in (iou_aligned, iou_cadcoder, iou_takehome):
        assert metric(part, found.solid) == pytest.approx(1, abs=1e-3)


def facets(*corners):
    head = bytes(80) + len(corners).to_bytes(4, "little")
    return head + b"".join(bytes(12) + np.array(each, "<f4").tobytes() + bytes(2) for each in corners)


TETRAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])[[[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]]


def test_a_mesh_inside_out_is_turned_and_a_shell_in_it_is_a_cavity():
    whole = read_stl(facets(*TETRAHEDRON))
    assert whole.solid.volume == pytest.approx(1 / 6)
    assert read_stl(facets(*TETRAHEDRON[:, ::-1])).solid.volume == pytest.approx(1 / 6)
    hollow = read_stl(facets(*TETRAHEDRON, *(TETRAHEDRON[:, ::-1] / 2 + 0.05)))
    assert hollow.solid.volume == pytest.approx(1 / 6 - 1 / 48)


@pytest.mark.parametrize(
    ("file", "status", "word"),
    [
        (facets(*TETRAHEDRON[:3]), "invalid", "not watertight: 3 edges"),
        (facets(*TETRAHEDRON, *TETRAHEDRON[:1]), "invalid", "not watertight"),
        (facets(*TETRAHEDRON[:1], *TETRAHEDRON[:1, ::-1]), "invalid", "enclose no volume"),
        (facets(*TETRAHEDRON, TETRAHEDRON[0] + np.nan), "error", "not finite"),
        (facets(*(TETRAHEDRON * 2e30)), "error", "over 1e+30"),
        (facets(*TETRAHEDRON)[:-1], "error", "neither as long"),
        (facets(), "error", "no triangles"),
        (bytes(80) + b"\xff" * 4, "error", "neither as long"),
        (b"", "error", "neither as long"),
        (b"solid a\nendsolid a\n", "error", "no triangles"),
        (b"solid vertex 1 2 three", "error", "no number"),
        (b"solid" + b" vertex 1 2 3" * 4, "error", "neither as long"),
        (b"solid" + b" vertex 1 2 3" * 3, "invalid", "enclose no volume"),
        (b"import os\n", "error", "neither as long"),
        (bytes(STL_LIMIT + 1), "too_large", "over the limit"),
    ],
)  # fmt: skip
def test_what_bounds_nothing_is_refused_with_the_reason(file, status, word):
    found = read_stl(file)
    assert (found.status, found.solid) == (status, None) and word in found.error
