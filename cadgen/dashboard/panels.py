"""The panels of both, a workspace and a report: what they show is what `cadgen.train` and `cadgen.evaluate` log."""

from collections.abc import Mapping, Sequence
from typing import Any

import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws

from cadgen.dashboard.charts import chart_name
from cadgen.eval.metric import PRIMARY, TITLES, VSR
from cadgen.report.board import FAMILIES, JUDGED, OUTCOMES, PLOT, SHEET
from cadgen.report.gallery import SAMPLES, SOLIDS

STEP = "trainer/global_step"
NUM_SAMPLES = "decoding.propose.num_samples"

ABLATIONS: Mapping[str, tuple[str, str]] = {
    "ablation_grammar": ("The grammar", "Beam search without a grammar, with one of form, and with the full one."),
    "ablation_best_of_n": ("Draws", "So many programs are drawn, and one that executes is chosen."),
    "ablation_decoding": ("The decodings", "One network, and what each decoding makes of it."),
}
"""Group of runs, that is experiment -> its title and what is compared."""


def judged() -> list[Any]:
    """Scores by decoding with their intervals, and what went wrong."""
    scores = {metric: TITLES[metric] for metric in (VSR, PRIMARY.name)}
    return [
        *(_intervals(metric, title) for metric, title in scores.items()),
        *(_over_runs(metric, f"{title}, lowest and highest run") for metric, title in scores.items()),
        wr.WeavePanelSummaryTable(table_name=JUDGED, layout=_whole()),
        wr.WeavePanelSummaryTable(table_name=OUTCOMES, layout=_whole()),
        wr.MediaBrowser(title="IoU with intervals, by run", media_keys=[PLOT], num_columns=2, layout=_whole()),
    ]


def draws() -> list[Any]:
    """What more draws bring, and what they cost."""
    number = wr.Config(NUM_SAMPLES)
    told = {PRIMARY.name: TITLES[PRIMARY.name], VSR: TITLES[VSR], "seconds": "Seconds a picture"}
    return [
        wr.ScatterPlot(title=f"{title} against N", x=number, y=wr.SummaryMetric(metric), layout=_half())
        for metric, title in told.items()
    ]


def families() -> list[Any]:
    """A heat map: mean IoU by family of the parts and decoding."""
    fields = {"decoding": "decoding", "family": "group", "score": PRIMARY.name}
    return [_chart("heat_map", FAMILIES, fields, TITLES[PRIMARY.name], _whole())]


def samples() -> list[Any]:
    """Pictures beside what was made of them, and solids to turn round."""
    return [
        wr.WeavePanelSummaryTable(table_name=SAMPLES, layout=_whole()),
        wr.MediaBrowser(title="Solids", media_keys=[SOLIDS], num_columns=4, layout=_whole()),
        wr.MediaBrowser(title="Inputs and outputs", media_keys=[SHEET], num_columns=1, layout=_whole()),
    ]


def training() -> list[Any]:
    """Curves of the trainings."""
    return [
        wr.LinePlot(title="IoU aligned, validation", x=STEP, metric_regex="val/[^/]+/iou", layout=_half()),
        wr.LinePlot(title="VSR, validation", x=STEP, metric_regex=f"val/[^/]+/{VSR}", layout=_half()),
        _curve("Loss", "train/loss"),
        _curve("Loss, validation", "val/loss"),
        _curve("Token accuracy, validation", "val/token_accuracy"),
        _curve("Learning rate", "lr-AdamW/pg1"),
        _curve("Gradient norm before clipping", "train/gradient_norm"),
    ]


def throughput() -> list[Any]:
    """How fast they go, and what for they wait."""
    return [
        _curve("Pictures a second", "train/samples_per_s"),
        _curve("Share of the time that steps wait for their batches", "train/wait_share"),
        _over_runs("seconds", "Seconds a picture, by decoding", (None, None)),
    ]


SECTIONS = {
    "Judged": judged,
    "Draws": draws,
    "Families": families,
    "Samples": samples,
    "Training": training,
    "Throughput": throughput,
}


def workspace(entity: str, project: str) -> ws.Workspace:
    """All runs, section by section. wandb is not asked for anything."""
    sections = [ws.Section(name=name, panels=_of(make(), entity), is_open=True) for name, make in SECTIONS.items()]
    return ws.Workspace(entity=entity, project=project, name="cadgen", sections=sections)


def report(entity: str, project: str) -> wr.Report:
    """The ablations, one after the other. wandb is not asked for anything."""
    blocks: list[Any] = [
        wr.P("Means over the pictures, with 95% bootstrap intervals; a program that leaves no solid counts 0."),
        wr.TableOfContents(),
    ]
    for group, (title, told) in ABLATIONS.items():
        runs = wr.Runset(name=title, filters=f"Group = '{group}'")  # of the report's own project
        panels = [*judged(), *(draws() if group == "ablation_best_of_n" else []), *families(), *samples()]
        blocks += [wr.H1(title), wr.P(told), wr.PanelGrid(runsets=[runs], panels=_of(panels, entity))]
    trained = wr.Runset(name="Trainings", filters="JobType = 'train'")
    blocks += [
        wr.H1("Trainings"),
        wr.PanelGrid(runsets=[trained], panels=_of([*training(), *throughput()], entity)),
    ]
    return wr.Report(entity=entity, project=project, title="cadgen: ablations", blocks=blocks, width="fluid")


def _of(panels: Sequence[Any], entity: str) -> list[Any]:
    """The panels, with charts that are kept with the entity."""
    for panel in panels:
        if isinstance(panel, wr.CustomChart):
            panel.chart_name = f"{entity}/{panel.chart_name}"
    return list(panels)


def _intervals(metric: str, title: str) -> Any:
    fields = {"decoding": "decoding", "mean": metric, "low": f"{metric}_low", "high": f"{metric}_high"}
    return _chart("intervals", JUDGED, fields, title, _half())


def _chart(chart: str, table: str, fields: Mapping[str, str], title: str, layout: wr.Layout) -> Any:
    return wr.CustomChart(
        query={"summaryTable": {"tableKey": table}},
        chart_name=chart_name(chart),
        chart_fields=dict(fields),
        chart_strings={"title": title},
        layout=layout,
    )


def _over_runs(metric: str, title: str, scale: tuple[float | None, float | None] = (0, 1)) -> Any:
    return wr.BarPlot(
        title=title, metrics=[wr.SummaryMetric(metric)], groupby=wr.Metric("JobType"), groupby_aggfunc="mean",
        groupby_rangefunc="minmax", range_x=scale, layout=_half(),
    )  # fmt: skip


def _curve(title: str, metric: str) -> Any:
    return wr.LinePlot(title=title, x=STEP, y=[metric], layout=_half())


def _whole() -> wr.Layout:
    """Of a panel as wide as the page. A new one each time: a grid moves the layouts of its panels."""
    return wr.Layout(w=24, h=10)


def _half() -> wr.Layout:
    return wr.Layout(w=12, h=8)
