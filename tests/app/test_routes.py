"""What the app answers: to a page of ours, and to what no page of ours sends."""

import io
import json
import socket
import threading
from dataclasses import replace
from io import BytesIO
from time import monotonic

import numpy as np
import pytest
import trimesh

import cadgen.app.bench
import cadgen.app.slider
from cadgen.app.example import EXAMPLES, picture_of
from cadgen.app.guard import Address
from cadgen.app.routes import application
from cadgen.app.serve import Server, listening
from cadgen.app.shelf import Shelf
from cadgen.app.upload import LARGEST, MOST_PICTURES
from cadgen.kernel import build
from cadgen.lang.canonical import canonical
from cadgen.refine.dimension import changed
from tests.app.visitor import BETTER, FIRST, HEAD, Visitor, form, opened, says

PICTURE = picture_of("angle")
NESTED = b"--edge\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n--edge--"
FILLET = BETTER + "result=result.edges('|Z').fillet(5)\nresult=result.edges('|Z').fillet(900)\n"


@pytest.fixture(scope="module")
def app(tiny_network):
    with opened(tiny_network(32)) as there:
        yield there


@pytest.fixture
def visitor(app):
    return Visitor(app[1])


@pytest.fixture(scope="module")
def made(app):
    """The id of a part, and its last answer."""
    return Visitor(app[1]).made(PICTURE)


def test_the_page_may_do_no_more_than_ask_its_own_server(visitor):
    status, headers, body = visitor.ask("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "connect-src 'self'" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "http" not in policy
    assert b"http-equiv" not in body and b"<script src" not in body
    assert not any(name.startswith("Access-Control") for name in headers)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_pictures(visitor, name):
    status, headers, body = visitor.ask("GET", f"/examples/{name}")
    assert status == 200 and headers["Content-Type"] == "image/png" and body.startswith(b"\x89PNG")


def test_a_first_answer_is_followed_by_a_better_one(app, visitor, monkeypatch):
    held = threading.Event()
    better = says(BETTER)

    def waits(network, image_BCHW):
        assert held.wait(120)
        return better.propose(network, image_BCHW)

    monkeypatch.setattr(app[0], "_better", replace(better, propose=waits))
    _, told = visitor.give(PICTURE)
    part = told["id"]
    while "answer" not in told:
        _, told = visitor.json("GET", f"/parts/{part}")
    assert told["answer"]["code"] == FIRST and told["stage"] == "refining" and told["version"] == 1
    assert "answer" not in visitor.json("GET", f"/parts/{part}?known=1")[1]
    held.set()
    told = visitor.wait(part)
    assert told["answer"]["code"] == BETTER and told["version"] == 2


def test_an_answer_tells_of_solid_picture_and_confidence(made):
    _, answer = made
    assert answer["code"] == BETTER and answer["status"] == "ok" and answer["bodies"] == 1
    assert answer["extents"] == pytest.approx([300, 200, 100])
    assert 0 <= answer["likeness"] <= 1 and len(answer["pictures"]) == 1
    assert 0 <= answer["confidence"] <= 1 and answer["word"] == "doubtful" and answer["reason"]
    assert {(one["axis"], one["value"]) for one in answer["sliders"]} >= {(0, 150), (1, -100), (2, 100), (3, 40)}


def test_several_pictures_of_one_part_are_compared_each(visitor):
    _, answer = visitor.made(PICTURE, picture_of("tee"), views=("iso", "any"))
    assert len(answer["pictures"]) == 2
    assert answer["pictures"][0]["camera"].startswith("azimuth -45°, elevation 35°")


@pytest.mark.parametrize(
    ("files", "views", "word"),
    [
        ([], [], "no picture"),
        ([b"no picture"], [], "part.png cannot be read as a picture"),
        ([b""], [], "cannot be read as a picture"),
        ([PICTURE[:200]], [], "cannot be read as a picture"),
        ([("../../etc/passwd", b"%!PS-Adobe")], [], "passwd cannot be read as a picture"),
        ([("<img src=x onerror=alert(1)>", b"x")], [], "cannot be read"),
        ([PICTURE, b"torn"], [], "cannot be read"),
        ([PICTURE] * (MOST_PICTURES + 1), [], f"more than {MOST_PICTURES}"),
        ([PICTURE], ["sideways"], "sideways is unknown"),
        ([PICTURE], ["iso", "iso"], "2 views for 1 pictures"),
        ([b"\x89PNG" + bytes(LARGEST)], [], "24 MB"),
    ],
)
def test_a_bad_upload_gets_a_sentence(visitor, files, views, word):
    status, told = visitor.give(*files, views=views)
    assert status == 422 and word in told["told"] and "\n" not in told["told"]


def test_an_empty_picture_gets_a_sentence(visitor):
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(file, "PNG")
    status, told = visitor.give(("plain.png", file.getvalue()))
    assert status == 422 and told["told"].startswith("plain.png: no part found")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("text/plain", PICTURE),
        ("multipart/form-data", form([])),
        ("multipart/form-data; boundary=edge", b"--edge\r\nnonsense"),
        ("multipart/form-data; boundary=edge", b"--edge\r\nContent-Disposition: form-data\r\n\r\nx\r\n--edge--"),
        ("multipart/form-data; boundary=edge", form([("other", None, b"x")])),
        ("multipart/form-data; boundary=edge", form([("view", None, b"x" * 100)])),
        ("multipart/mixed; boundary=edge", NESTED),
    ],
)  # fmt: skip
def test_what_is_no_form_of_ours_gets_a_sentence(visitor, kind, body):
    status, _, answer = visitor.ask("POST", "/parts", body, Content_Type=kind)
    assert 400 <= status < 500 and json.loads(answer)["told"]


def test_a_body_that_says_it_is_too_long_is_not_waited_for(visitor):
    headers = {"Content_Type": "multipart/form-data; boundary=edge", "Content_Length": str(10**10)}
    status, _, _ = visitor.ask("POST", "/parts", b"--edge", **headers)
    assert status == 413


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "", None])
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/parts")])
def test_another_host_is_refused(visitor, app, host, method, path):
    host = host and host.format(port=app[1].port)
    origin = {"Origin": f"http://{host}"} if method == "POST" else {}
    status, _, body = visitor.ask(method, path, b"" if method == "POST" else None, Host=host, **origin)
    assert status in (400, 421) and b"<script" not in body


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", None, "http://127.0.0.1:1", "http://{place}.evil.example", "file://{place}"],
)
def test_a_post_of_another_page_is_refused(visitor, made, origin):
    origin = origin and origin.format(place=visitor.place)
    for path in ("/parts", f"/parts/{made[0]}/run", f"/parts/{made[0]}/move", f"/parts/{made[0]}/file"):
        status, told = visitor.json("POST", path, {"code": FIRST}, Origin=origin)
        assert status == 403 and "own page" in told["told"]


@pytest.mark.parametrize(
    "path",
    [
        *("/parts/unknown", "/parts/..%2f..%2fetc%2fpasswd", "/examples/../app.py", "/examples/..%2fapp.py"),
        *("/examples/", "/etc/passwd", "//etc/passwd", "/parts", "/examples/%00", "/app.js", "/%ff"),
        f"/parts/{5000 * 'x'}",
    ],
)  # fmt: skip
def test_unknown_places_get_a_sentence(visitor, path):
    status, headers, body = visitor.ask("GET", path)
    assert status in (404, 405) and json.loads(body)["told"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("what", ["run", "move", "file"])
def test_a_part_that_is_not_kept_gets_a_sentence(visitor, what):
    status, told = visitor.json("POST", f"/parts/unknown/{what}", {"code": FIRST})
    assert status == 404 and "give its picture again" in told["told"]


@pytest.mark.parametrize(
    ("what", "content", "word"),
    [
        ("run", [], "no JSON object"),
        ("run", {}, "no program"),
        ("run", {"code": 3}, "no program"),
        ("run", {"code": "#" * 70_000}, "65536 characters"),
        ("run", {"code": "#" * 200_000}, "kB"),
        ("move", {"code": BETTER}, "no list"),
        ("move", {"code": BETTER, "by": [[0, 150]]}, "axis, value and steps"),
        ("move", {"code": BETTER, "by": [[0, 150, True]]}, "axis, value and steps"),
        ("move", {"code": BETTER, "by": [[0, 150, 1.5]]}, "axis, value and steps"),
        ("move", {"code": BETTER, "by": [[0, 150, 10**9]]}, "4096 steps"),
        ("move", {"code": BETTER, "by": [[9, 150, 1]]}, "axes 0 to 5"),
        ("move", {"code": BETTER, "by": [[0, 150, 1]] * 100}, "no list"),
        ("move", {"code": BETTER, "by": [[0, 151, 1]]}, "no number"),
        ("move", {"code": "import os", "by": []}, ""),
        ("file", {"code": BETTER, "kind": "step"}, "no number"),
        ("file", {"code": BETTER, "kind": "step", "extent": -1}, "give one from 0.1"),
        ("file", {"code": BETTER, "kind": "step", "extent": 10**400}, "too large"),
        ("file", {"code": BETTER, "kind": "step", "extent": True}, "no number"),
        ("file", {"code": BETTER, "kind": "../x", "extent": 10}, "step, stl"),
        ("file", {"code": BETTER, "kind": ["step"], "extent": 10}, "step, stl"),
        ("file", {"code": "x = (", "kind": "step", "extent": 10}, "no solid"),
    ],
)
def test_a_bad_question_about_a_part_gets_a_sentence(visitor, made, what, content, word):
    status, told = visitor.json("POST", f"/parts/{made[0]}/{what}", content)
    assert status == 422 and word in told["told"]


def test_json_that_is_none_gets_a_sentence(visitor, made):
    for body in (b"", b"{", b"[" * 100_000, b"\xff", b'{"kind":"step","extent":Infinity,"code":""}'):
        status, _, answer = visitor.ask("POST", f"/parts/{made[0]}/file", body)
        assert status == 422 and json.loads(answer)["told"]


@pytest.mark.parametrize(
    ("code", "status", "line"),
    [
        (FILLET, "error", 4),
        (HEAD + "result=cq.Workplane().box(1,2,3)\nx = = 3\n", "syntax", 3),
        (HEAD + "def part(size):\n    return cq.Workplane().box(1, 2, sise)\nresult = part(3)\n", "error", 3),
        (HEAD + "import os\nresult=os.getcwd()\n", "forbidden", 2),
        (HEAD + "x = 3\n", "no_solid", None),
    ],
)
def test_an_edited_program_that_fails_tells_its_line(visitor, made, code, status, line):
    answered, told = visitor.json("POST", f"/parts/{made[0]}/run", {"code": code})
    assert answered == 200 and told["status"] == status and told["line"] == line and told["error"]


def test_an_edited_program_is_shown_with_sliders_or_with_the_reason_why_not(visitor, made):
    wide = HEAD + "result=cq.Workplane().box(400,200,100)\n"
    _, told = visitor.json("POST", f"/parts/{made[0]}/run", {"code": wide})
    assert told["extents"] == pytest.approx([400, 200, 100]) and told["sliders"] and "confidence" not in told
    round_one = wide + "result=result.edges('|Z').fillet(20)\n"
    _, told = visitor.json("POST", f"/parts/{made[0]}/run", {"code": round_one})
    assert told["status"] == "ok" and "sliders" not in told and "fillet" in told["why_no_sliders"]


@pytest.mark.parametrize("by", [{(0, 150): 33}, {(3, 40): -11, (2, 100): 20}, {}])
def test_sliders_change_the_mesh_as_changed_says(visitor, made, by):
    moves = [[*key, step] for key, step in by.items()]
    status, told = visitor.json("POST", f"/parts/{made[0]}/move", {"code": BETTER, "by": moves})
    expected = build(changed(canonical(BETTER, grid=1), {(None, *key): step for key, step in by.items()}))
    assert status == 200 and told["volume"] == pytest.approx(expected.volume)
    assert told["extents"] == pytest.approx(np.ptp(expected.bounds, axis=0).tolist())


def test_what_no_slider_moves_stays_where_it_is_in_the_picture(app, visitor, made):
    """A hole that is cut elsewhere leaves the rest of the likeness as it was; a new frame would shift everything."""
    _, still = visitor.json("POST", f"/parts/{made[0]}/move", {"code": BETTER, "by": []})
    _, moved = visitor.json("POST", f"/parts/{made[0]}/move", {"code": BETTER, "by": [[0, 150, 3]]})
    assert still["likeness"] == pytest.approx(made[1]["likeness"])
    assert moved["likeness"] != still["likeness"] and moved["likeness"] == pytest.approx(still["likeness"], abs=0.03)


def files_of(visitor, part, code, extent):
    """(kind) -> the bytes of that file."""

    def file(kind):
        content = json.dumps({"kind": kind, "code": code, "extent": extent}).encode()
        status, headers, body = visitor.ask("POST", f"/parts/{part}/file", content)
        assert status == 200 and headers["Content-Disposition"] == f'attachment; filename="part.{kind}"', body
        return body

    return file


@pytest.mark.parametrize(
    ("code", "extent", "by_line"),
    [(BETTER, 100, False), (BETTER, 37.5, False), (BETTER + "result=result.edges('|Z').fillet(5)\n", 2000, True)],
)
def test_every_file_has_the_extent_that_was_asked_for(visitor, made, box, code, extent, by_line):
    file = files_of(visitor, made[0], code, extent)
    wanted = [extent, extent * 2 / 3, extent / 3]
    (read,) = box.read_steps([file("step")])
    assert box.extents(read.solid) == pytest.approx(wanted, rel=1e-3)
    mesh = trimesh.load(BytesIO(file("stl")), file_type="stl")
    assert mesh.extents.tolist() == pytest.approx(wanted, rel=1e-3) and mesh.is_watertight
    scene = trimesh.load(BytesIO(file("glb")), file_type="glb")
    x, y, z = (one / 1000 for one in wanted)  # metres, y up
    assert scene.extents.tolist() == pytest.approx([x, z, y], rel=1e-3)
    text = file("py").decode()
    (execution,) = box.run([text])
    assert box.extents(execution.solid) == pytest.approx(wanted, rel=1e-3)
    assert text.startswith(f"# {extent:g} x ") and ("scaled by its last line" in text.splitlines()[0]) == by_line


def test_a_program_that_takes_long_to_read_is_scaled_by_its_last_line(visitor, made, box, monkeypatch):
    """In our process an array of 30 x 30 took 24 s to read; one of 10 x 10, which is soon built, is over the bound."""
    read = []
    monkeypatch.setattr(cadgen.app.slider, "canonical", lambda code, grid: read.append(code))
    code = HEAD + "result=cq.Workplane('XY').rarray(9,9,10,10).rect(4,4).extrude(5)\n"
    text = files_of(visitor, made[0], code, 80)("py").decode()
    assert text.startswith("# 80 x 80 x ") and text.splitlines()[0].endswith("scaled by its last line") and not read
    assert code in text


def test_a_part_that_cannot_be_found_in_its_program_is_said(visitor, made):
    code = HEAD + "cq.exporters.export(cq.Workplane().box(3,2,1),'a.step')\n"
    status, told = visitor.json("POST", f"/parts/{made[0]}/file", {"code": code, "kind": "step", "extent": 80})
    assert status == 422 and told["told"].startswith("the part cannot be made 80 mm long: ")
    assert told["told"].endswith("bind the part to the name result, or write it in another way")


def test_two_visitors_at_once_get_each_their_own(app):
    found = {}

    def visit(name):
        visitor = Visitor(app[1])
        part, _ = visitor.made(picture_of(name))
        code = HEAD + f"result=cq.Workplane().box({100 * len(name)},50,50)\n"
        _, told = visitor.json("POST", f"/parts/{part}/run", {"code": code})
        found[name] = part, told["extents"][0]

    threads = [threading.Thread(target=visit, args=(name,)) for name in ("angle", "tee")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["angle"][1] == pytest.approx(500) and found["tee"][1] == pytest.approx(300)
    assert found["angle"][0] != found["tee"][0]


@pytest.mark.slow
def test_a_program_that_hangs_keeps_nobody_from_moving_a_slider(app, made):
    hang = HEAD + "for i in range(10**9):\n    for j in range(10**9):\n        pass\n"
    told = {}

    def hangs():
        told["status"], told["answer"] = Visitor(app[1]).json("POST", f"/parts/{made[0]}/run", {"code": hang})

    run = threading.Thread(target=hangs)
    run.start()
    status, moved = Visitor(app[1]).json("POST", f"/parts/{made[0]}/move", {"code": BETTER, "by": [[0, 150, 1]]})
    assert status == 200 and moved["status"] == "ok" and run.is_alive()
    run.join()
    assert told["answer"]["status"] == "timeout"


def test_parts_go_after_their_time(app):
    now = [monotonic()]
    with listening("127.0.0.1", 0) as listener:
        address = Address("127.0.0.1", listener.getsockname()[1])
        with Server(application(app[0], address, Shelf(expiry_s=100, clock=lambda: now[0])), listener):
            visitor = Visitor(address)
            part, _ = visitor.made(PICTURE)
            now[0] += 99.0
            assert visitor.json("GET", f"/parts/{part}")[0] == 200
            now[0] += 101.0
            assert visitor.json("GET", f"/parts/{part}")[0] == 404


def test_a_decoder_that_breaks_is_told_and_ends_nothing(app, visitor, monkeypatch):
    def breaks(network, image_BCHW):
        raise RuntimeError("the network is <b>out</b>")

    monkeypatch.setattr(app[0], "_first", replace(says(FIRST), propose=breaks))
    for _ in range(2):
        _, told = visitor.give(PICTURE)
        assert visitor.wait(told["id"])["told"].startswith("it went wrong: the network is <b>out</b>")


def test_too_many_that_wait_are_refused(app, visitor, monkeypatch):
    held = threading.Event()

    def waits(network, image_BCHW):
        assert held.wait(120)
        return says(FIRST).propose(network, image_BCHW)

    monkeypatch.setattr(app[0], "_first", replace(says(FIRST), propose=waits))
    monkeypatch.setattr(cadgen.app.bench, "MOST_WAITING", 3)
    given = [visitor.give(PICTURE) for _ in range(4)]
    held.set()
    assert [status for status, _ in given] == [201] * 3 + [503]
    assert "try again" in given[-1][1]["told"]
    for _, told in given[:-1]:
        assert visitor.wait(told["id"])["stage"] == "done"


def test_an_answer_without_a_solid_is_told(app, visitor, monkeypatch):
    monkeypatch.setattr(app[0], "_first", says("x = ("))
    monkeypatch.setattr(app[0], "_better", says("y = ("))
    _, answer = visitor.made(PICTURE)
    assert answer["status"] != "ok" and answer["confidence"] == 0 and "scene" not in answer


def test_what_is_no_request_leaves_the_app_as_it_was(app, visitor):
    with socket.create_connection(("127.0.0.1", app[1].port)) as line:
        line.sendall(b"\x16\x03\x01nonsense\r\n\r\n")
        line.recv(1000)
    assert visitor.ask("GET", "/")[0] == 200
