from dataclasses import replace

import pytest
import torch

from cadgen.decode import Candidate, Case, Decoder
from cadgen.eval.journal import Journal, Verdict
from cadgen.eval.judge import judge_decodings
from cadgen.eval.row import Row
from cadgen.eval.truth import references
from cadgen.picture import Picture, Sight, see
from cadgen.shape import render

ORIGIN = {"settings": {"seed": 0, "sizes": (1, 2)}, "commit": "abc"}
ROW = Row("a", "beam", "code\n", "ok", "", {"iou_aligned": 1 / 3}, -1.5, 0.1, 0.2, "interp", rank=0)
PLATE = "import cadquery as cq\nresult=cq.Workplane('XY').rect(200,100).extrude(10)\n"


def verdict(case_id, decoding="beam"):
    row = replace(ROW, id=case_id, decoding=decoding)
    return Verdict(row, replace(row, decoding="beam:oracle", rank=1), (row, replace(row, rank=1)))


def told(verdict):
    """As it comes back: a score that the row has not is None in a file."""
    return verdict.row.id, verdict.row.scores["iou_aligned"], verdict.oracle.rank, [r.rank for r in verdict.candidates]


def test_what_was_judged_is_known_to_the_next_journal_of_the_folder_whoever_wrote_it(tmp_path):
    for rank, case_id in enumerate("ab"):
        Journal(tmp_path, ORIGIN, rank).add(verdict(case_id))
    known = Journal(tmp_path, ORIGIN).known("beam")
    assert {name: told(one) for name, one in known.items()} == {name: told(verdict(name)) for name in "ab"}
    assert Journal(tmp_path, ORIGIN).known("greedy") == {}


@pytest.mark.parametrize("cut", [1, 30, 5000])
def test_half_a_line_is_no_verdict_and_the_next_one_begins_a_line(cut, tmp_path):
    journal = Journal(tmp_path, ORIGIN)
    for case_id in "ab":
        journal.add(verdict(case_id))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    half = whole[: -min(cut, len(whole) - 1)]
    path.write_bytes(half)
    again = Journal(tmp_path, ORIGIN)
    assert set(again.known("beam")) == set("ab"[: half.count(b"\n") - 1] if half.count(b"\n") else "")
    again.add(verdict("c"))
    assert "c" in Journal(tmp_path, ORIGIN).known("beam")


@pytest.mark.parametrize("other", [{"commit": "def"}, {"settings": {"seed": 1, "sizes": (1, 2)}}])
def test_the_beginnings_of_another_run_are_not_gone_on_with(other, tmp_path):
    Journal(tmp_path, ORIGIN).add(verdict("a"))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=f"another run \\(its {next(iter(other))} differ"):
        Journal(tmp_path, ORIGIN | other)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("line", [b"[]", b"5", b"{", b"\xff\xff", b'{"row": 5}', b'{"row": {}, "oracle": null}'])
def test_a_damaged_line_is_named_with_the_remedy(line, tmp_path):
    Journal(tmp_path, ORIGIN)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(ValueError, match=r"is damaged .* delete it"):
        Journal(tmp_path, ORIGIN)


class Interruption(BaseException):
    pass


def test_an_interrupted_run_goes_on_after_the_last_picture_that_was_judged(box, tmp_path, monkeypatch):
    asked = []

    def propose(network, images):
        return [[Candidate(PLATE, -1.0, 5, True), Candidate("(", -2.0, 5, True)] for _ in images]

    def choose(offers, parts, execute):
        asked.extend(shot.seen.doubts[0] for shots in parts for shot in shots)
        if len(asked) == stop:
            raise Interruption
        return offers

    samples = [type("S", (), {"id": str(number)}) for number in range(7)]
    seen = see(Picture(render(box.run([PLATE])[0].solid)))
    cases = {one.id: Case(one.id, torch.zeros(1, 1), (replace(seen, doubts=(one.id,)),), (None,)) for one in samples}
    monkeypatch.setattr("cadgen.eval.judge.cases", lambda wanted, size: [cases[sample.id] for sample in wanted])
    truths, _ = references({sample.id: PLATE for sample in samples}, box)
    network = type("N", (torch.nn.Linear,), {"sight": Sight(("grey",), 32), "of": lambda self, seen: self})(1, 1)

    def judged(folder):
        journal = Journal(folder, ORIGIN)
        return judge_decodings(
            network, {"x": Decoder(propose, choose)}, samples, truths, box, True, True, True, journal
        )

    stop = None
    whole = judged(tmp_path / "whole")
    asked.clear()
    stop = 6
    with pytest.raises(Interruption):
        judged(tmp_path / "run")
    asked.clear()
    stop = None
    resumed = judged(tmp_path / "run")
    assert asked == ["4", "5", "6"]  # two at a time, as the sandbox has workers
    assert [without_times(one) for one in (resumed.rows, resumed.candidates)] == [
        without_times(one) for one in (whole.rows, whole.candidates)
    ]
    assert [row.decoding for row in whole.rows] == ["x"] * 7 + ["x:oracle"] * 7 and len(whole.candidates) == 14


def without_times(rows):
    return [replace(row, seconds=0.0, run_seconds=0.0) for row in rows]
