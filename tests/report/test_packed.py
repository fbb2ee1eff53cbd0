import base64
import json
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cadgen.report.viewer as viewer
from cadgen.report.viewer import Shape, pack, script


def unpack(packed):
    """As the format is described, without a look at how it is written."""
    raw, found = zlib.decompress(base64.b64decode(packed["data"])), {}
    for name, *sizes in packed["shapes"]:
        index = np.dtype("<u2" if sizes[0] <= 2**16 else "<u4")
        parts = []
        for rows, width, dtype in zip(sizes, (3, 3, 2), (np.dtype("<u2"), index, index), strict=True):
            size = rows * width * dtype.itemsize
            steps, raw = np.frombuffer(raw[:size], dtype).reshape(rows, width), raw[size:]
            parts.append(np.cumsum(steps.astype(np.int64), axis=0) % 256**dtype.itemsize)
        found[name] = Shape(packed["low"] + packed["step"] * parts[0], *parts[1:])
    assert not raw
    return found


def drawn(num, seed, scale=1.0):
    random = np.random.default_rng(seed)
    vertices = scale * random.normal(size=(num, 3))
    return Shape(vertices, random.integers(0, num, (2 * num, 3)), random.integers(0, num, (num, 2)))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 99), st.sampled_from([1e-9, 1.0, 1e9]))
def test_what_is_unpacked_is_what_was_packed_within_half_a_step(nums, seed, scale):
    shapes = {f"shape {i}": drawn(num, seed + i, scale) for i, num in enumerate(nums)}
    longest = np.ptp(np.concatenate([shape.vertices for shape in shapes.values()]), axis=0).max()
    found = unpack(json.loads(json.dumps(pack(shapes))))
    assert list(found) == list(shapes)
    for name, shape in shapes.items():
        assert np.abs(found[name].vertices - shape.vertices).max() <= 0.501 * longest / 65535
        assert (found[name].triangles == shape.triangles).all() and (found[name].segments == shape.segments).all()


def test_more_vertices_than_two_bytes_can_count():
    shape = drawn(70_000, 0)
    found = unpack(pack({"many": shape}))["many"]
    assert (found.triangles == shape.triangles).all() and found.triangles.max() > 2**16


def test_a_shape_may_be_empty_but_not_a_scene():
    empty = Shape(np.zeros((0, 3)), np.zeros((0, 3), int))
    assert len(unpack(pack({"one": drawn(5, 0), "none": empty}))["none"].vertices) == 0
    for bad in ({}, {"none": empty}, {"odd": Shape(np.array([[0, 0, np.nan]]), np.zeros((0, 3), int))}):
        with pytest.raises(ValueError, match="a scene needs vertices"):
            pack(bad)


def test_a_real_solid_is_a_tenth_of_its_obj(build):
    import trimesh

    (solid,) = build("result=cq.Workplane('XY').box(30,20,10).faces('>Z').workplane().hole(8).edges('|Z').fillet(3)")
    packed = pack({"answer": Shape(solid.vertices, solid.triangles)})
    obj = trimesh.Trimesh(solid.vertices, solid.triangles, process=False).export(file_type="obj")
    assert len(packed["data"]) < len(obj) / 10


def test_the_script_carries_the_licence_of_what_is_in_it():
    notice = script()[:1200]
    assert (
        "The MIT License" in notice and "three.js authors" in notice and "permission notice shall be included" in notice
    )


def test_the_browsers_reader_reads_the_same():
    """viewer.js on Node, where there is one: its reader needs no WebGL."""
    if (node := shutil.which("node")) is None:
        pytest.skip("there is no node to run viewer.js on; the test in a browser draws what it reads")
    shapes = {"answer": drawn(30, 1), "truth": drawn(66_000, 2)}
    packed = pack(shapes)
    code = (Path(viewer.__file__).parent / "viewer.js").read_text()
    code += """
    let told = ""; process.stdin.on("data", (part) => told += part).on("end", async () => {
      const shapes = await SolidViewer.unpack(JSON.parse(told));
      for (const shape of Object.values(shapes)) for (const name in shape) shape[name] = Array.from(shape[name]);
      console.log(JSON.stringify(shapes)); });"""
    done = subprocess.run([node, "-e", code], input=json.dumps(packed), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    for name, shape in unpack(packed).items():
        positions = packed["low"] + packed["step"] * np.reshape(read[name]["positions"], (-1, 3))
        assert np.allclose(positions, shape.vertices)
        assert (np.reshape(read[name]["triangles"], (-1, 3)) == shape.triangles).all()
        assert (np.reshape(read[name]["segments"], (-1, 2)) == shape.segments).all()
