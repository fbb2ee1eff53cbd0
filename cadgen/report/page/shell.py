"""What all pages of ours have in common: how they are filled, what a browser lets them do, and how they look."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with its places filled in one pass: what is put in is not looked at for places."""
    return _PLACE.sub(lambda place: parts[place[1]], template)


def policy(scripts: Sequence[str], style: str) -> str:
    """A Content-Security-Policy: our scripts and style by their hashes, pictures out of the page, and nothing else."""
    allowed = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def base_style() -> str:
    """CSS of colours, texts, buttons and tiles, light and dark."""
    return (_HERE / "base.css").read_text("utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
