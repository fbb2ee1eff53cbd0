"""The cage holds what it promises, and each of its layers is needed for that."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cadgen.shape import Sandbox, SandboxUnavailable, sandbox
from tests.shape.hostile import OWN, SECRET, Canary, Hostile, breaches, canary, read

PROFILES = ("open", "dialect")
NUM_GOOD = 200
LIMITS = {"workers": 2, "timeout_s": 1.0, "memory_mb": 512}
NOBODY = 65534
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to give up")


@pytest.fixture
def found() -> Iterator[Canary]:
    with canary() as one:
        yield one


def good(num: int) -> list[str]:
    """Modelling programs, each with a solid of its own."""
    plate, bore = "cq.Workplane('XY').rect({},3).extrude(1)", "cq.Workplane('XY').circle(1).extrude({})"
    return [
        f"import cadquery as cq\nresult={plate.format(n + 2)}.cut({bore.format((n % 7 + 1) / 8)})" for n in range(num)
    ]


def collection(shared: Path) -> list[Hostile]:
    return read(shared / "data" / "hostile_dev.jsonl")


@pytest.mark.parametrize("profile", PROFILES)
def test_no_program_of_ours_gets_out(found: Canary, profile: str) -> None:
    with Sandbox(profile=profile, **LIMITS) as box:
        assert breaches(box, OWN, good(20), found) == {}


@pytest.mark.parametrize("profile", PROFILES)
def test_no_program_of_the_collection_gets_out(shared: Path, found: Canary, profile: str) -> None:
    with Sandbox(profile=profile, **LIMITS) as box:
        assert breaches(box, collection(shared), good(NUM_GOOD), found) == {}


@pytest.mark.parametrize("which", ["ours", pytest.param("the collection", marks=pytest.mark.slow)])
def test_no_program_gets_out_while_it_is_recorded(request: pytest.FixtureRequest, found: Canary, which: str) -> None:
    hostile = OWN if which == "ours" else collection(request.getfixturevalue("shared"))
    codes = {one.code.replace("{CANARY}", str(found.folder)): one for one in hostile}
    with Sandbox(**LIMITS) as box:
        (alone,) = box.record(good(1))
        *recordings, again = box.record([*codes, good(1)[0]])
    assert (alone.notes, alone.ok) == (again.notes, True)
    assert not any(SECRET in json.dumps([one.error, one.notes, one.result]) for one in recordings)
    said = [one.id for one, told in zip(codes.values(), recordings, strict=True) if "PWNED" in told.error]
    assert [one.id for one in hostile if one.id in said and one.check != "lang"] == []
    assert found.touched() == ""


def as_nobody(profile: str, collection: str) -> dict[str, str]:
    """The breaches when the owner of the sandbox is an unprivileged user: this file run as a script by one."""
    # It may read what root may (the interpreter may lie in root's home) and nothing else; the cage drops that too.
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    become += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        words = subprocess.run(
            [*become, sys.executable, "-m", "tests.shape.test_cage", profile, collection],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "HOME": home, "NUMBA_CACHE_DIR": home},
            capture_output=True,
            text=True,
        )
    assert words.returncode == 0, words.stderr
    return json.loads(words.stdout)


@ROOT_ONLY
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) makes an unprivileged user")
@pytest.mark.parametrize("profile", ["open", pytest.param("dialect", marks=pytest.mark.slow)])
def test_no_program_gets_out_of_a_sandbox_of_an_unprivileged_user(shared: Path, profile: str) -> None:
    assert as_nobody(profile, str(shared / "data" / "hostile_dev.jsonl")) == {}


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(10))
def test_no_program_gets_out_again_and_again_nor_under_load(shared: Path, found: Canary, round_: int) -> None:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4 * (round_ % 2))]
    try:
        for profile in PROFILES:
            with Sandbox(profile=profile, **LIMITS) as box:
                assert breaches(box, collection(shared), good(50), found) == {}
    finally:
        for process in busy:
            process.kill()
            process.wait()


# Where seccomp covers what another layer does, that layer is tried without it.
NEEDED = {
    "seccomp": ((), {"look at a file", "send a packet", "start a process", "write code"}),
    "landlock": (("seccomp",), {"write a file", "read a file"}),
    "privileges": (("seccomp", "landlock"), {"read a file of its owner alone", "hold a capability"}),
    "limits": ((), {"allocate beyond its share"}),
    "descriptors": ((), {"use another descriptor"}),
}


@pytest.mark.parametrize("layer", NEEDED)
def test_without_a_layer_programs_get_through_that_it_stops(
    found: Canary, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if layer == "privileges" and os.geteuid() != 0:
        pytest.skip("only root has privileges to give up")
    doubles, stopped = NEEDED[layer]
    tried = [one for one in OWN if one.id in stopped]
    monkeypatch.setitem(sandbox._REQUIRED, "full", ())
    for left_out in (doubles, (*doubles, layer)):
        layers = ("privileges", "descriptors", "limits", "landlock", "seccomp")
        monkeypatch.setitem(sandbox._LAYERS, "full", tuple(kept for kept in layers if kept not in left_out))
        with Sandbox(**LIMITS) as box:
            assert (set(breaches(box, tried, [], found)) - {"canary"}) == (stopped if layer in left_out else set())


@pytest.mark.parametrize("layer", NEEDED)
def test_a_sandbox_refuses_to_start_when_a_layer_does_not_hold(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if layer == "privileges" and os.geteuid() != 0:
        pytest.skip("only root has privileges to give up")
    monkeypatch.setitem(sandbox._LAYERS, "full", tuple(kept for kept in sandbox._LAYERS["full"] if kept != layer))
    with pytest.raises(SandboxUnavailable, match=rf"{layer}: a program could .*isolation='none'"):
        Sandbox().run([])


def test_every_result_names_the_profile_and_the_isolation() -> None:
    code = good(1)[0]
    for profile, isolation in (("open", "full"), ("dialect", "full"), ("interp", "full"), ("open", "none")):
        with Sandbox(workers=1, profile=profile, isolation=isolation) as box:
            (execution,) = box.run([code])
            assert (execution.profile, execution.isolation) == (profile, isolation)
            assert f"profile {profile}, isolation {isolation}" in box.describe()


if __name__ == "__main__":
    with canary() as one, Sandbox(profile=sys.argv[1], **LIMITS) as box:
        print(json.dumps(breaches(box, read(Path(sys.argv[2])), good(50), one)))


def test_a_refusal_names_the_machine_whose_system_calls_no_filter_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = tuple(kept for kept in sandbox._LAYERS["full"] if kept != "seccomp")
    monkeypatch.setitem(sandbox._LAYERS, "full", layers)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(SandboxUnavailable, match=r"seccomp: .*use Linux on x86_64 \(this is \w+ on aarch64\)"):
        Sandbox().run([])
