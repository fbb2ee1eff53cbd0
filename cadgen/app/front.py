"""`front`: the page and what a browser lets it do."""

from functools import cache
from pathlib import Path

from cadgen.app.example import EXAMPLES
from cadgen.app.upload import MOST_PICTURES
from cadgen.report.page.assets import embedded
from cadgen.report.page.shell import base_style, filled, policy
from cadgen.report.viewer import script
from cadgen.shape import NAMED
from cadgen.size import DEFAULT_MM, LONGEST_MM, SHORTEST_MM

_HERE = Path(__file__).resolve().parent
_OUR_SERVER = "; connect-src 'self'; frame-ancestors 'none'"


@cache
def front() -> tuple[str, str]:
    """The page's HTML and its Content-Security-Policy: as a report's, but that it may ask its own server."""
    scripts = [script(), *(_ours(name) for name in ("editor.js", "tuning.js", "tray.js", "app.js"))]
    style = base_style() + _ours("app.css")
    told = {
        "examples": [[name, example.title] for name, example in EXAMPLES.items()],
        "views": list(NAMED),
        "most": MOST_PICTURES,
    }
    parts = {
        "style": style,
        "extent": f"{DEFAULT_MM:g}",
        "least": f"{SHORTEST_MM:g}",
        "greatest": f"{LONGEST_MM:g}",
        "most": str(MOST_PICTURES),
        "data": f'<script type="application/json" id="data">{embedded(told)}</script>',
        "scripts": "".join(f"<script>{one}</script>" for one in scripts),
    }
    # Pictures that are dropped, and examples, are shown from memory.
    allowed = policy(scripts, style).replace("img-src data:", "img-src data: blob: 'self'")
    return filled(_ours("app.html"), parts), allowed + _OUR_SERVER


def _ours(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
