"""Sweeps through the command, with launchers that work on one machine; a launcher only decides where jobs run."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from PIL import Image

from cadgen.eval.provenance import write_run
from cadgen.eval.row import Row, read_rows, write_rows
from cadgen.job import begin, is_finished, plain
from cadgen.model import fingerprint, save_network
from cadgen.parts import draw_pair
from cadgen.parts.part import NUM_EXTRUSIONS
from cadgen.paths import config_folder
from cadgen.sweep import SweepTable, planned, read_jobs, tell
from tests.report.test_gallery import inspect

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, tiny_network):
    folder = tmp_path_factory.mktemp("network") / "checkpoint"
    save_network(tiny_network(12), folder)
    return folder


@pytest.fixture(scope="module")
def swept(checkpoint, tmp_path_factory):
    """(folder, process) of a sweep of four jobs, two of which have no checkpoint."""
    return sweep(checkpoint, tmp_path_factory.mktemp("sweep"))


def sweep(checkpoint, folder, *overrides):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cadgen.evaluate", "experiment=ablation_grammar",
         f"ckpt={checkpoint},{checkpoint.parent / 'nowhere'}", "decoding=greedy,beam", "data.val.num=2",
         f"data.root={folder.parent / 'data'}", f"hydra.sweep.dir={folder}", "logger=wandb", *overrides],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
        env=os.environ | {"OMP_NUM_THREADS": "1", "WANDB_DATA_DIR": str(folder / "data")},
    )  # fmt: skip
    return folder, done


def test_a_failed_job_ends_neither_the_sweep_nor_the_table_and_the_status_tells(swept):
    folder, done = swept
    assert done.returncode == 1
    assert "2 of 4 jobs did not finish" in done.stderr and "nowhere is no checkpoint" in done.stderr
    assert "Traceback" not in done.stderr
    jobs = read_jobs(folder)
    assert [job.status for job in jobs] == ["finished", "failed", "finished", "failed"]
    table = json.loads((folder / "table.json").read_text())
    assert [line["decoding"] for line in table] == ["constant", "greedy", "beam", "beam:oracle"]
    assert all(line["num"] == 2 for line in table)
    assert [line["difference"] is None for line in table] == [False, True, False, False]  # the first decoding is it
    assert len(json.loads((folder / "variants.json").read_text())) == 3


def test_each_job_is_a_run_of_wandb_grouped_by_experiment_with_the_decoding_as_its_type(swept):
    for job in read_jobs(swept[0])[::2]:
        (rows, scores) = (read_rows(job.folder), {})
        records = inspect(job.folder / "wandb")
        for record in records:
            for key, value in record.get("summary", {}).get("update", {}).items():
                scores[key] = value
        (run,) = [record["run"] for record in records if record["type"] == "run"]
        own = [row for row in rows if row.decoding in ("greedy", "beam")]
        assert (run["run_group"], run["job_type"]) == ("ablation_grammar", own[0].decoding)
        assert scores["iou_aligned"] == pytest.approx(sum(row.scores["iou_aligned"] for row in own) / 2)
        assert scores["vsr"] == sum(row.status == "ok" for row in own) / 2
        assert scores["samples.nrows"] == 2


def test_all_jobs_of_a_sweep_stand_beside_one_and_the_same_constant(swept):
    first, second = (
        [row for row in read_rows(job.folder) if row.decoding == "constant"] for job in read_jobs(swept[0])[::2]
    )
    assert [row.run_seconds for row in first] == [row.run_seconds for row in second]  # it was not executed again


SLOW = pytest.mark.slow
LAUNCHERS = {
    "basic": [],
    "joblib": ["hydra.launcher.n_jobs=1"],
    "submitit_local": [],
    "ray": ["+hydra.launcher.ray.init.num_cpus=1", "+hydra.launcher.ray.init.include_dashboard=false"],
}


@pytest.mark.parametrize(
    "launcher", ["basic", "joblib", pytest.param("submitit_local", marks=SLOW), pytest.param("ray", marks=SLOW)]
)
def test_a_sweep_given_again_runs_only_what_has_not_finished(launcher, swept, checkpoint):
    if launcher not in ("basic", "joblib"):
        pytest.importorskip(f"hydra_plugins.hydra_{launcher.partition('_')[0]}_launcher", reason="not installed")
    folder, _ = swept
    spoilt = read_jobs(folder)[2].folder
    (spoilt / "rows.jsonl").unlink()
    (spoilt / "run.json").unlink()
    kept = read_jobs(folder)[0].folder / "rows.jsonl"
    before = kept.stat().st_mtime_ns
    _, done = sweep(checkpoint, folder, f"hydra/launcher={launcher}", *LAUNCHERS[launcher])
    assert done.returncode == 1  # the checkpoint is still nowhere
    assert kept.stat().st_mtime_ns == before
    assert [job.status for job in read_jobs(folder)] == ["finished", "failed", "finished", "failed"]
    assert {row.decoding for row in read_rows(spoilt)} == {"constant", "beam", "beam:oracle"}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A folder of five pictures with their programs, one of which does not run; the last one is long searched for."""
    folder = tmp_path_factory.mktemp("pairs")
    for seed in range(5):
        picture, code = draw_pair(seed, 448, nums={8: 1} if seed == 4 else NUM_EXTRUSIONS)
        Image.fromarray(picture).save(folder / f"{seed}.png")
        (folder / f"{seed}.py").write_text(code if seed != 3 else "(")
    return folder


def is_gone(pid):
    """Within seconds: the kernel takes its time."""
    for _ in range(1000):
        if (
            not Path(f"/proc/{pid}").exists()
            or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        ):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.slow
def test_a_sweep_that_term_ends_tells_what_is_left_and_goes_on_within_the_job(pairs, tmp_path):
    folder, brief = tmp_path / "sweep", tmp_path / "decoding" / "brief.yaml"
    brief.parent.mkdir()
    refine = OmegaConf.load(Path(config_folder()) / "decoding" / "refine.yaml")
    OmegaConf.save(OmegaConf.merge(refine, {"choose": {"num_looks": 600}}), brief)
    command = [
        sys.executable, "-W", "ignore", "-m", "cadgen.evaluate", "-m", f"--config-dir={tmp_path}",
        "ckpt=shipped", "data=folder", f"data.root={pairs}", "decoding=greedy,brief,beam", f"hydra.sweep.dir={folder}",
    ]  # fmt: skip
    running = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (begun := list(folder.glob("brief_1/judged-0.jsonl"))) or begun[0].read_text().count("\n") < 2:
        assert running.poll() is None, running.stderr.read()
        time.sleep(0.02)
    children = [
        int(pid) for path in Path(f"/proc/{running.pid}/task").glob("*/children") for pid in path.read_text().split()
    ]
    assert children, "the sandbox was no child"
    sent = time.monotonic()
    running.send_signal(signal.SIGTERM)
    err = running.communicate(timeout=100)[1]
    assert running.returncode == 143
    assert time.monotonic() - sent < 30  # half a second on an idle machine
    assert "interrupted: decoding=brief" in err and "not begun: decoding=beam" in err
    assert "2 of 3 jobs did not finish" in err and "Traceback" not in err
    assert all(is_gone(pid) for pid in children)
    assert {line["decoding"] for line in json.loads((folder / "table.json").read_text())} == {"constant", "greedy"}
    (kept,) = begun
    first = [json.loads(line)["row"] for line in kept.read_text().splitlines()[1:]]

    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "left out: 3: the reference program ends with syntax" in done.stderr
    rows = [row for row in read_rows(folder / "brief_1") if row.decoding == "brief"]
    assert [row.id for row in rows] == ["0", "1", "2", "4"]
    assert {row.id: (row.seconds, row.run_seconds) for row in rows}.items() >= {
        row["id"]: (row["seconds"], row["run_seconds"]) for row in first
    }.items()
    assert not kept.exists()
    record = json.loads((folder / "brief_1" / "run.json").read_text())
    assert [(one["id"], one["status"]) for one in record["left_out"]] == [("3", "syntax")]


ROW = Row("a", "greedy", "", "ok", "", {"iou_aligned": 0.5}, -1.0, 0.1, 0.1, "open")


def job(folder, number, overrides, rows, status="finished"):
    """A job's folder, as Hydra and the commands leave it."""
    path = folder / str(number)
    (path / ".hydra").mkdir(parents=True)
    (path / ".hydra" / "overrides.yaml").write_text("".join(f"- {override}\n" for override in overrides))
    (path / ".hydra" / "hydra.yaml").write_text(f"hydra: {{job: {{num: {number}}}}}\n")
    if rows:
        write_rows(rows, path)
    if status:
        write_run(path, {"seed": 0}, status=status)
    return path


def scored(decoding, iou, seconds):
    return [Row(str(n), decoding, "", "ok", "", {"iou_aligned": iou}, -1.0, seconds, 0.1, "open") for n in range(3)]


def test_seeds_are_taken_together_and_seconds_are_relative_to_the_first_variant(tmp_path, capsys):
    for number, (size, seed) in enumerate([(1, 0), (1, 1), (6, 0), (6, 1)]):
        overrides = ("ckpt=run", f"decoding.propose.num_samples={size}", f"seed={seed}")
        job(tmp_path, number, overrides, scored("best_of_n", 0.1 * size + 0.05 * seed, 0.5 * size))
    assert tell(read_jobs(tmp_path), tmp_path) == 0
    one, six = json.loads((tmp_path / "variants.json").read_text())
    assert (one["name"], six["name"]) == ("decoding.propose.num_samples=1", "decoding.propose.num_samples=6")
    assert (one["num_seeds"], one["relative"], six["relative"]) == (2, 1.0, 6.0)
    assert (six["lowest"], six["iou_aligned"], six["highest"]) == pytest.approx((0.6, 0.625, 0.65))
    assert len(json.loads((tmp_path / "table.json").read_text())) == 4
    assert "decoding.propose.num_samples=6 | best_of_n | 2 | 1.000 | 0.625 [0.600, 0.650] | 3.000 | 6.00" in re.sub(
        " +", " ", capsys.readouterr().out
    )


def test_a_job_that_was_killed_is_told_and_its_old_rows_are_no_result(tmp_path, capsys):
    job(tmp_path, 0, ("seed=0",), scored("greedy", 0.5, 1))
    job(tmp_path, 1, ("seed=1",), scored("greedy", 0.9, 1), status=None)
    job(tmp_path, 2, ("seed=2",), [], status="interrupted")
    assert tell(read_jobs(tmp_path), tmp_path) == 2
    assert "unfinished: seed=1" in capsys.readouterr().err
    (line,) = json.loads((tmp_path / "table.json").read_text())
    assert line["iou_aligned"] == 0.5


def test_jobs_without_rows_leave_no_table(tmp_path):
    job(tmp_path, 0, ("seed=0",), [])
    assert tell(read_jobs(tmp_path), tmp_path) == 0
    assert not (tmp_path / "table.md").exists()


@pytest.mark.parametrize(
    ("settings", "status", "finished"),
    [
        ({}, "finished", True),
        ({"run_dir": "elsewhere"}, "finished", True),
        ({"seed": 2}, "finished", False),
        ({}, "failed", False),
        ({}, "running", False),
    ],
)
def test_a_job_has_finished_when_one_of_the_same_settings_has(settings, status, finished, checkpoint, tmp_path):
    config = {"seed": 1, "run_dir": "here", "ckpt": str(checkpoint)}
    write_rows([ROW], tmp_path)
    write_run(tmp_path, config, status=status, weights=fingerprint(checkpoint))
    assert is_finished(tmp_path, config | settings) is finished


def test_a_job_has_not_finished_when_its_weights_are_others_or_its_rows_are_gone(checkpoint, tmp_path):
    own = shutil.copytree(checkpoint, tmp_path / "own")
    run, config = tmp_path / "run", {"run_dir": "here", "ckpt": str(own)}
    write_run(run, config, status="finished", weights=fingerprint(own))
    assert not is_finished(run, config)
    write_rows([ROW], run)
    assert is_finished(run, config)
    weights = own / "model.safetensors"
    before, times = weights.read_bytes(), (weights.stat().st_atime, weights.stat().st_mtime)
    weights.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    os.utime(weights, times)
    assert not is_finished(run, config)
    weights.unlink()
    assert not is_finished(run, config)
    assert not is_finished(tmp_path / "nothing", config)


def test_a_record_names_no_folder_of_the_machine_above_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = {"run_dir": f"{tmp_path}/outputs/a", "root": "/elsewhere", "all": [f"{tmp_path}/b", f"see {tmp_path}/c"]}
    told = plain(OmegaConf.create(folders))
    assert told == {"run_dir": "outputs/a", "root": "/elsewhere", "all": ["b", f"see {tmp_path}/c"]}


def test_what_a_strangers_job_folder_holds_is_data_only(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "told")
    folder = job(tmp_path, 0, ["'x=${oc.env:A_SECRET}'"], scored("greedy", 0.5, 1))
    (read,) = read_jobs(tmp_path)
    assert read.overrides == ("x=${oc.env:A_SECRET}",)
    planted = tmp_path / "planted"
    (folder / ".hydra" / "overrides.yaml").write_text(f"- !!python/object/apply:os.mkdir ['{planted}']\n")
    with pytest.raises(ValueError, match=r"tells of no job .* delete its job's folder"):
        read_jobs(tmp_path)
    assert not planted.exists()


@pytest.mark.parametrize("text", ["", "[]", "{", "5", "\udcff"])
def test_a_damaged_record_is_of_no_finished_job(text, tmp_path):
    folder = job(tmp_path, 0, ["seed=0"], scored("greedy", 0.5, 1))
    (folder / "run.json").write_bytes(text.encode(errors="surrogateescape"))
    assert read_jobs(tmp_path)[0].status == "unfinished"
    assert not is_finished(folder, {"run_dir": "here"})


def test_a_record_whose_settings_are_none_is_of_no_finished_job(tmp_path):
    folder = job(tmp_path, 0, ["seed=0"], scored("greedy", 0.5, 1))
    (folder / "run.json").write_text('{"status": "finished", "config": 5}')
    assert not is_finished(folder, {"run_dir": "here"})


def test_a_pipe_in_place_of_a_record_is_not_waited_for(tmp_path):
    folder = job(tmp_path, 0, ["seed=0"], [], status=None)
    os.mkfifo(folder / "run.json")
    assert [one.status for one in read_jobs(tmp_path)] == ["unfinished"]


def test_jobs_that_were_planned_and_not_begun_are_told(tmp_path, capsys):
    job(tmp_path, 0, ("seed=0",), scored("greedy", 0.5, 1))
    assert tell(read_jobs(tmp_path, [("seed=0",), ("seed=1",)]), tmp_path) == 1
    assert "not begun: seed=1" in capsys.readouterr().err


def test_a_finished_run_is_not_overwritten_by_one_of_other_settings(tmp_path):
    write_run(tmp_path, {"seed": 1}, status="finished")
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(ValueError, match="finished run of other settings"):
        begin(tmp_path, {"seed": 2})
    assert (tmp_path / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("params", "task", "jobs"),
    [
        ({}, ["seed=0,1", "x=a"], [("seed=0", "x=a"), ("seed=1", "x=a")]),
        ({"decoding": "greedy,beam"}, ["seed=3"], [("decoding=greedy", "seed=3"), ("decoding=beam", "seed=3")]),
        ({"seed": "0,1"}, ["seed=5"], [("seed=5",)]),
        ({}, ["seed=range(0,3)"], [("seed=0",), ("seed=1",), ("seed=2",)]),
        ({}, ["seed=interval(0,1)"], []),
    ],
)
def test_the_plan_of_a_sweep_is_that_of_hydra(params, task, jobs):
    sweeper = {"_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper", "params": params}
    config = OmegaConf.create({"hydra": {"sweeper": sweeper, "overrides": {"task": task}}})
    assert planned(config) == jobs


def test_a_sweep_of_other_jobs_is_not_written_over(tmp_path, capsys):
    path = job(tmp_path, 0, ("limit=1",), scored("greedy", 0.5, 1))
    before = (path / "rows.jsonl").read_bytes()
    sweeper = {"_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper", "params": {}}
    for limit in ("1", "1,2"):
        hydra = {"sweeper": sweeper, "overrides": {"task": [f"limit={limit}"]}, "sweep": {"dir": str(tmp_path)}}
        SweepTable().on_multirun_start(OmegaConf.create({"hydra": hydra}))
    hydra["overrides"]["task"] = ["limit=2"]
    with pytest.raises(SystemExit) as ended:
        SweepTable().on_multirun_start(OmegaConf.create({"hydra": hydra}))
    assert ended.value.code == 1 and "holds a sweep of other jobs (limit=1)" in capsys.readouterr().err
    assert (path / "rows.jsonl").read_bytes() == before


@pytest.mark.parametrize("text", ["- 5", "- [a]", "&a [x, *a]", "{", "3", "[" * 5000, "", "- a\n" * 600_000])
def test_a_jobs_file_that_hydra_did_not_write_is_told_in_a_line(text, tmp_path):
    path = job(tmp_path, 0, ("seed=0",), [])
    (path / ".hydra" / "overrides.yaml").write_text(text)
    with pytest.raises(ValueError, match="tells of no job"):
        read_jobs(tmp_path)


def test_rows_that_cannot_be_read_are_those_of_their_job_only(tmp_path, capsys):
    job(tmp_path, 0, ("seed=0",), scored("greedy", 0.5, 1))
    (job(tmp_path, 1, ("seed=1",), scored("greedy", 0.5, 1)) / "rows.jsonl").write_text("{}\n")
    assert tell(read_jobs(tmp_path), tmp_path) == 1
    assert "unreadable: seed=1" in capsys.readouterr().err
