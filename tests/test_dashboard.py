"""A run of training, resumed, and one of evaluation tell wandb, offline, what the dashboard then shows."""

import json
import re
import sys
from itertools import product
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf, open_dict

from cadgen.dashboard.charts import CHARTS, chart_name
from cadgen.eval.row import read_rows
from cadgen.evaluate import evaluate
from cadgen.paths import config_folder
from cadgen.train import train
from tests.report.test_gallery import inspect
from tests.test_conf import ABLATIONS, load, problems
from tests.test_experiments import GENERATED, SIZED, TINY

wandb = pytest.importorskip("wandb", reason="cadgen[wandb] is not installed")
wr = pytest.importorskip("wandb_workspaces.reports.v2", reason="cadgen[dashboard] is not installed")

import wandb_workspaces.workspaces as ws  # noqa: E402
from wandb.errors import CommError, UsageError  # noqa: E402
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args  # noqa: E402

from cadgen.dashboard import __main__ as dashboard  # noqa: E402
from cadgen.dashboard.panels import families, judged, report, workspace  # noqa: E402

CONF = Path(config_folder())
SWEEPS = sorted((CONF / "sweep").glob("*.yaml"))
OFTEN = ("trainer.log_every_n_steps=1", "callbacks.throughput.every_n_steps=1", "trainer.accumulate_grad_batches=2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("board")


@pytest.fixture(scope="module")
def logged(folder):
    """Name of a run -> its records. Both trainings are of one run of wandb, which is left once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_DATA_DIR", str(folder / "data"))
        patch.setenv("WANDB_MODE", "offline")  # Lightning sets it for good
        patch.setenv("WANDB_SILENT", "true")
        run = folder / "outputs" / "first"
        small = ("experiment=baseline", "logger=wandb", f"data.root={folder / 'parts'}", *GENERATED, *TINY, *OFTEN)
        trained = (*small, *SIZED, f"run_dir={run}")
        torch.manual_seed(0)
        records = {"trained": _done(lambda config: train(config), run, "train", *trained)}
        records["resumed"] = _done(
            lambda config: train(config), run, "train", *trained, f"resume={run}", "trainer.max_epochs=2"
        )
        run = folder / "outputs" / "judged"
        judged = ("logger=wandb", f"data.root={folder / 'parts'}", "data.val.num=2", "decoding=best_of_n",
                  "decoding.propose.num_samples=2", "ckpt=shipped", f"run_dir={run}")  # fmt: skip
        records["judged"] = _done(lambda config: evaluate(config, "best_of_n"), run, "evaluate", *judged)
    return records


def _done(work, run, name, *overrides):
    """The records of what `work` logs, as Hydra would start it."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(name, list(overrides), return_hydra_config=True)
    before = set(run.glob("wandb/offline-run-*"))
    kept = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config)
    try:
        with open_dict(config):
            del config.hydra
        work(config)
    finally:
        HydraConfig.instance().cfg = kept
        wandb.finish()
    (left,) = set(run.glob("wandb/offline-run-*")) - before
    return inspect(left)


def of_kind(records, kind):
    return [record[kind] for record in records if record["type"] == kind]


def keys(records):
    """All that was logged: of the history, the summary and, with dots, the configuration."""
    history = {key for item in of_kind(records, "history") for key in item["item"]}
    return history | summary(records).keys()


def summary(records):
    told = {}
    for update in of_kind(records, "summary"):
        told |= update.get("update", {})
    return told


def settings(records):
    """key -> value, of the configuration."""
    told = {}
    for record in of_kind(records, "config") + [run.get("config", {}) for run in of_kind(records, "run")]:
        told |= record.get("update", {})
    return told


def shown(panels):
    """What panels show: (kind, name) of each key. Fails on a panel of a kind that nobody has thought of."""
    found = set()
    for panel in panels:
        match panel:
            case wr.LinePlot():
                found |= {("logged", panel.x), *(("logged", key) for key in panel.y)}
                found |= {("pattern", panel.metric_regex)} - {("pattern", None)}
            case wr.BarPlot():
                found |= {("logged", metric.name) for metric in panel.metrics}
                assert panel.groupby == wr.Metric("JobType")
            case wr.ScatterPlot():
                found |= {("setting", panel.x.name), ("logged", panel.y.name)}
            case wr.MediaBrowser():
                found |= {("media", key) for key in panel.media_keys}
            case wr.WeavePanelSummaryTable():
                found.add(("table", panel.table_name))
            case wr.CustomChart():
                table = panel.query["summaryTable"]["tableKey"]
                found |= {("table", table), *(("column", (table, name)) for name in panel.chart_fields.values())}
            case _:
                raise AssertionError(f"what does {type(panel)} show?")
    return found


def named():
    """What the workspace and the report show, all together."""
    made = report("team", "parts")
    grids = [block for block in made.blocks if isinstance(block, wr.PanelGrid)]
    panels = [panel for section in workspace("team", "parts").sections for panel in section.panels]
    in_report = [panel for grid in grids for panel in grid.panels]
    assert len(panels) > 15 and len(grids) == 4
    return shown(panels + in_report)


@pytest.mark.slow
def test_every_key_that_the_dashboard_names_was_logged(logged, folder):
    every = set().union(*(keys(records) for records in logged.values()))
    config = [settings(records) for records in logged.values()]
    for kind, name in named():
        match kind:
            case "logged":
                assert name in every, name
            case "pattern":
                assert any(re.fullmatch(name, key) for key in every), name
            case "setting":
                assert any(OmegaConf.select(OmegaConf.create(one), name) == 2 for one in config), name
            case "media":
                assert f"{name}._type" in every, name
            case "table":
                assert f"{name}.nrows" in every, name
            case "column":
                assert name[1] in columns(logged["judged"], folder / "outputs" / "judged", name[0]), name


def columns(records, run, table):
    (path,) = run.glob(f"wandb/offline-run-*/files/{summary(records)[f'{table}.path']}")
    return json.loads(path.read_text())["columns"]


@pytest.mark.slow
def test_a_run_of_training_tells_what_it_is_and_keeps_the_best_of_each_score(logged):
    records = logged["trained"]
    config, told = settings(records), summary(records)
    assert config["optim"]["learning_rate"] == 1e-3 and config["parameters"]["trained"] > 1e5
    (run,) = of_kind(records, "run")
    assert (run["display_name"], run["run_group"], run["job_type"]) == ("outputs/first", "baseline", "train")
    assert run["tags"] == ["baseline", "train", "synthetic"]
    losses = [item["item"]["val/loss"] for item in of_kind(records, "history") if "val/loss" in item["item"]]
    assert told["val/loss"] == {"min": min(losses)} and set(told["val/greedy/iou"]) == {"max"}


@pytest.mark.slow
def test_a_resumed_run_goes_on_in_the_run_that_it_left(logged):
    (first,), (second,) = (of_kind(logged[name], "run") for name in ("trained", "resumed"))
    assert first["run_id"] == second["run_id"] and first["start_time"] != second["start_time"]


@pytest.mark.slow
def test_scores_have_their_intervals_and_rows_and_network_are_artifacts(logged, folder):
    for name, run in (("trained", "first"), ("judged", "judged")):
        told, lines = summary(logged[name]), json.loads((folder / "outputs" / run / "table.json").read_text())
        kinds = kinds_of(logged[name])
        assert "rows.jsonl" in {one["path"] for one in kinds["rows"]}
        assert ("model" in kinds) == (name == "trained")
        if name == "judged":
            for line in lines:
                found = [told[f"judged/{line['decoding']}/iou_aligned{end}"] for end in ("_low", "", "_high")]
                assert found == pytest.approx([line["iou_aligned_low"], line["iou_aligned"], line["iou_aligned_high"]])
            assert told["judged.nrows"] == len(lines)
            assert told["answers.nrows"] == len(read_rows(folder / "outputs" / run))
    assert "model.safetensors" in {one["path"] for one in kinds_of(logged["trained"])["model"]}


def kinds_of(records):
    return {artifact["type"]: artifact["manifest"]["contents"] for artifact in of_kind(records, "artifact")}


def test_the_command_writes_what_wandb_would_be_told_and_asks_it_for_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("wandb.Api", lambda *_, **__: pytest.fail("wandb was asked"))
    monkeypatch.setattr(sys, "argv", ["dashboard", "--out", str(tmp_path), "--entity", "team", "--project", "parts"])
    assert dashboard.main() == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    told = {path.name: json.loads(path.read_text()) for path in written}
    assert (told["workspace.json"]["entity"], told["workspace.json"]["project"]) == ("team", "parts")
    charts = {path.stem for path in written if path.parent.name == "charts"}
    used = set(re.findall(r'"panelDefId": "team/(\w+)"', json.dumps(told["workspace.json"])))
    assert used == charts and len(charts) == 2
    assert "ablation_grammar" in json.dumps(told["report.json"])


def test_fields_of_the_charts_are_those_that_panels_fill():
    for panel in [*judged(), *families()]:
        if isinstance(panel, wr.CustomChart):
            (chart,) = [name for name in CHARTS if panel.chart_name == chart_name(name)]
            assert set(re.findall(r"\$\{field:(\w+)\}", json.dumps(CHARTS[chart]))) == set(panel.chart_fields)
            assert set(re.findall(r"\$\{string:(\w+)\}", json.dumps(CHARTS[chart]))) == set(panel.chart_strings)


@pytest.mark.parametrize("error", [UsageError("No API key\nconfigured"), CommError("unreachable"), ValueError("gone")])
def test_where_wandb_cannot_be_told_a_line_says_what_to_do(error, monkeypatch, capsys):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("wandb.Api", refuse)
    monkeypatch.setattr(sys, "argv", ["dashboard"])
    assert dashboard.main() == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "wandb login, or --out FOLDER" in err


def test_online_the_charts_are_made_before_the_views_and_the_addresses_told(monkeypatch, capsys):
    asked = []

    class Api:
        default_entity = "me"

        def create_custom_chart(self, entity, name, *_):
            asked.append(f"{entity}/{name}")

    def save(made):
        asked.append(type(made).__name__)
        return made

    monkeypatch.setattr("wandb.Api", lambda **_: Api())
    for kind in (ws.Workspace, wr.Report):
        monkeypatch.setattr(kind, "save", save)
        monkeypatch.setattr(kind, "url", property(lambda made: f"https://wandb/{made.entity}/{made.project}"))
    monkeypatch.setattr(sys, "argv", ["dashboard"])
    assert dashboard.main() == 0
    assert asked == [*(f"me/{chart_name(name)}" for name in CHARTS), "Workspace", "Report"]
    told = capsys.readouterr().out.splitlines()
    assert told == ["workspace: https://wandb/me/cadgen", "report: https://wandb/me/cadgen"]


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_a_sweep_of_wandb_has_the_jobs_of_the_ablation_of_its_name(path):
    """The commands are those that wandb's own agent would start."""
    sweep = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    parameters = sweep["parameters"]
    axes = [[(name, value) for value in one.get("values", [one.get("value")])] for name, one in parameters.items()]
    jobs = set()
    for job in product(*axes):
        made = create_sweep_command(sweep["command"])
        arguments = create_sweep_command_args({"args": {name: {"value": value} for name, value in job}})
        assert "${args_no_hyphens}" in made and made[2:4] == ["-m", "${program}"]
        overrides = [*arguments["args_no_hyphens"], *made[made.index("${args_no_hyphens}") + 1 :]]
        assert problems(load("evaluate", *overrides)) == []
        jobs.add(frozenset(set(overrides) - set(made)))
    experiment = f"ablation_{path.stem}"
    asked = load("evaluate", f"experiment={experiment}")
    swept = [f"{name}={values}" for name, values in asked.hydra.sweeper.params.items()]
    (planned,) = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(swept), None)
    common = {f"name={experiment}", "ckpt=shipped", *(["decoding=best_of_n"] if path.stem == "best_of_n" else [])}
    assert jobs == {frozenset({*job, *common}) for job in planned}


def test_there_is_a_sweep_for_each_ablation():
    assert {f"ablation_{path.stem}" for path in SWEEPS} == set(ABLATIONS)
