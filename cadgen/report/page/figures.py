"""Parts of a page that hold without a script: tables, the plot, where numbers are from. Everything is escaped."""

import json
import re
from collections.abc import Sequence
from html import escape

from cadgen.eval.metric import TITLES, VSR
from cadgen.eval.provenance import RUN
from cadgen.eval.row import ROWS
from cadgen.eval.summary import Line
from cadgen.json_lines import read_object
from cadgen.label import shown
from cadgen.paths import sha256_of
from cadgen.report.markdown import Cells
from cadgen.report.page.judged_run import JudgedRun

_INTERVAL = re.compile(r"([+-]?\d\.\d+) (\[.*\])")
_FACTS = ("command", "commit", "time", "status", "python", "versions", "weights", "error")
_LONGEST, _LONGEST_FACT = 20_000, 2_000  # characters of a configuration, and of a fact, that are shown
_LABEL, _WIDTH, _LINE = 190, 640, 15  # of the plot, in px


def text(told: object) -> str:
    """Any text as HTML, without what is not printable, also within quotes."""
    return escape(shown(str(told)))


def table(cells: Cells, caption: str) -> str:
    """The cells as a table, intervals smaller than what they belong to; it scrolls on its own where it is too wide."""
    head, body = cells
    titles = "".join(f'<th scope="col">{text(title)}</th>' for title in head)
    lines = "".join(f"<tr>{''.join(map(_cell, line))}</tr>" for line in body)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption)}"><table>'
        f"<caption>{text(caption)}</caption><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _cell(told: str) -> str:
    if found := _INTERVAL.fullmatch(told):
        return f"<td>{text(found[1])} <small>{text(found[2])}</small></td>"
    return f"<td>{text(told)}</td>"


def plot(lines: Sequence[Line]) -> str:
    """Means with their intervals as SVG: a group for each line, a bar for each score of an IoU that it has."""
    metrics = [name for name in TITLES if name != VSR and any(line.scores[name] for line in lines)]
    several, parts, top = len({line.run for line in lines}) > 1, [], 20.0
    for line in lines:
        label = f"{line.run} {line.decoding}" if several else line.decoding
        label = label if len(label) <= 28 else f"…{label[-28:]}"
        had = [(number, value) for number, name in enumerate(metrics) if (value := line.scores[name])]
        middle = top + len(had) * _LINE / 2 + 4
        parts.append(f'<text x="{_LABEL - 8}" y="{middle:.1f}" text-anchor="end">{text(label)}</text>')
        for number, (mean, low, high) in had:
            parts.append(_bar(top, f"score{number}", mean, low, high))
            top += _LINE
        top += 9
    grid = "".join(
        f'<path class="grid" d="M{_x(tick / 5):.1f} 14V{top:.0f}"/>'
        f'<text x="{_x(tick / 5):.1f}" y="{top + 14:.0f}" text-anchor="middle">{tick / 5:.1f}</text>'
        for tick in range(6)
    )
    key = "".join(f'<span class="key score{number}">{text(TITLES[name])}</span>' for number, name in enumerate(metrics))
    size = f'viewBox="0 0 {_WIDTH} {top + 20:.0f}"'
    return (
        f'<figure><figcaption>Means with 95% intervals {key}</figcaption><div class="wide" tabindex="0" role="region" '
        f'aria-label="plot"><svg {size} role="img" aria-label="means with intervals, as in the table">{grid}'
        f"{''.join(parts)}</svg></div></figure>"
    )


def _bar(top: float, kind: str, mean: float, low: float, high: float) -> str:
    middle = top + _LINE / 2
    return (
        f'<rect class="{kind}" x="{_LABEL}" y="{top + 1:.1f}" width="{_x(mean) - _LABEL:.1f}" height="{_LINE - 3}"/>'
        f'<path class="whisker" d="M{_x(low):.1f} {middle:.1f}H{_x(high):.1f}M{_x(low):.1f} {middle - 3:.1f}v6'
        f'M{_x(high):.1f} {middle - 3:.1f}v6"/>'
        f'<text x="{max(_x(mean), _x(high)) + 5:.1f}" y="{middle + 4:.1f}">{mean:.3f}</text>'
    )


def _x(score: float) -> float:
    return _LABEL + score * (_WIDTH - _LABEL - 50)


def provenance(run: JudgedRun) -> str:
    """What run.json says, and which file the rows are."""
    facts = [("rows", f"{len(run.rows)} in {run.folder / ROWS}")]
    if (run.folder / ROWS).is_file():
        facts.append(("sha256 of it", sha256_of(run.folder / ROWS)))
    config: object = None
    try:
        record = read_object(run.folder / RUN)
        facts += [(name, _told(record[name])) for name in _FACTS if record.get(name) is not None]
        if isinstance(left_out := record.get("left_out"), list) and left_out:
            facts.append(("left out", f"{len(left_out)} samples whose reference or picture is at fault"))
        config = record.get("config")
    except ValueError as error:
        facts.append((RUN, f"nobody says where these rows are from: {error}"))
    body = "".join(f"<dt>{text(name)}</dt><dd>{text(fact)}</dd>" for name, fact in facts)
    lines = json.dumps(config, indent=1)[:_LONGEST].splitlines() if config else []
    details = f"<details><summary>configuration</summary><pre>{chr(10).join(map(text, lines))}</pre></details>"
    return f"<h3>{text(run.name)}</h3><dl>{body}</dl>{details if lines else ''}"


def _told(fact: object) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{name} {value}" for name, value in fact.items())[:_LONGEST_FACT]
    return str(fact)[:_LONGEST_FACT]
