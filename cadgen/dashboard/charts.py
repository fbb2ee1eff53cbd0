"""Charts that wandb has no panel for, in Vega-Lite: bars with intervals, and a heat map.

`${field:NAME}` is the column of the table that a panel names for it, `${string:NAME}` a text of the panel; a run is in
`name`. Of several runs of one decoding the mean is drawn, and intervals from the mean lower to the mean upper end.
"""

import hashlib
import json

_HEAD = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"name": "wandb"}, "width": "container"}
_TITLE = "${string:title}"
_DECODING = {"field": "${field:decoding}", "type": "nominal", "title": None}


def _score(field: str) -> dict:
    """Over the runs."""
    return {
        "field": f"${{field:{field}}}",
        "aggregate": "mean",
        "type": "quantitative",
        "title": _TITLE,
        "scale": {"domain": [0, 1]},
    }


INTERVALS = {
    **_HEAD,
    "encoding": {"y": {**_DECODING, "sort": None}},
    "layer": [
        {"mark": {"type": "bar", "tooltip": True}, "encoding": {"x": _score("mean")}},
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"x": _score("low"), "x2": _score("high")}},
    ],
}
HEAT_MAP = {
    **_HEAD,
    "mark": {"type": "rect", "tooltip": True},
    "encoding": {
        "x": _DECODING,
        "y": {"field": "${field:family}", "type": "nominal", "title": None},
        "color": _score("score"),
    },
}
CHARTS: dict[str, dict] = {"intervals": INTERVALS, "heat_map": HEAT_MAP}


def chart_name(chart: str) -> str:
    """Of the preset that wandb keeps: another one where the chart is another."""
    return f"cadgen_{chart}_{hashlib.sha256(json.dumps(CHARTS[chart]).encode()).hexdigest()[:8]}"
