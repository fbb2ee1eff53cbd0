"""Solids to turn round in a browser: packed small, and the script that unpacks and draws them, which asks no network.

A page holds `script()` in a <script> of its own, and for each scene what `pack` gives, as JSON. The script defines
`SolidViewer` (viewer.js), and before it `THREE`: three.js, whose licence (MIT) stands at its beginning and goes along.
"""

from cadgen.report.viewer.packed import Shape, pack
from cadgen.report.viewer.script import script

__all__ = ["Shape", "pack", "script"]
