"""How Sphinx builds the site; its sources are the documents of the repository where they lie, and docs/."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # what is documented is this tree, whatever else is installed

from sphinx.application import Sphinx  # noqa: E402

from cadgen import __version__  # noqa: E402
from docs import disagreements, results  # noqa: E402
from docs.docstring import restructured  # noqa: E402

project, author, release = "cadgen", "the cadgen authors", __version__
project_copyright = "Apache-2.0"
root_doc = "docs/index"
include_patterns = ["*.md", "conf/README.md", "docs/**.md", "experiments/README.md", "experiments/*/README.md"]
exclude_patterns = [".*", "outputs", "site", "build", "dist", "multirun", "wandb", "lightning_logs"]  # not looked into

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
default_role = "py:obj"  # docstrings write names in single backticks; what is no name of ours stays as it is
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "cadgen"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_search_summary = False  # it fetches the pages found, which a browser refuses to do from files
html_show_copyright = False
templates_path = ["templates"]
html_additional_pages = {"index": "redirect.html"}

# Markers in pages, and what is put in their places.
COMPUTED = {
    "docs/results": ("<!-- tables -->", results.tables),
    "docs/metrics": ("<!-- pictures -->", disagreements.pictures),
}


def _compute(app: Sphinx, name: str, source: list[str]) -> None:
    if name in COMPUTED:
        marker, text = COMPUTED[name]
        before, found, after = source[0].partition(marker)
        if not found:
            raise ValueError(f"{name}.md has no line {marker}")
        source[0] = before + text() + after


def _docstring(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    lines[:] = restructured(lines)


def setup(app: Sphinx) -> None:
    """Sphinx calls it."""
    app.connect("source-read", _compute)
    app.connect("autodoc-process-docstring", _docstring)
