"""`script()`: what a page needs to draw packed solids."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@cache
def script() -> str:
    """JavaScript for one classic <script>: three.js with its licence, and `SolidViewer`."""
    return "\n".join((_HERE / name).read_text("utf-8") for name in ("three.min.js", "viewer.js"))
