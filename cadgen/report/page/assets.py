"""`Assets`: pictures and scenes of a page, each once, as many as there is room for; and how they stand in it."""

import base64
import io
import json
from collections.abc import Callable, Hashable

from PIL import Image


class Assets:
    """texts: name -> what stands in the page. room: bytes for all of them."""

    def __init__(self, room: int):
        self.texts: dict[str, str] = {}
        self._room = room
        self._known: dict[Hashable, str | ValueError] = {}

    def put(self, key: Hashable, make: Callable[[], str]) -> str:
        """The name of what `make` gives, which is asked once for a key. Raises `ValueError`, also that of `make`."""
        if key not in self._known:
            try:
                self._known[key] = self._put(make())
            except ValueError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, ValueError):
            raise found
        return found

    def _put(self, text: str) -> str:
        if len(text) > self._room:
            raise ValueError("left out: the page would be too large; name fewer runs")
        self._room -= len(text)
        name = f"asset-{len(self.texts)}"
        self.texts[name] = text
        return name


def embedded(data: object) -> str:
    """JSON that no text in it can end the <script> around."""
    told = json.dumps(data, separators=(",", ":"))
    return told.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def webp(image: Image.Image, lossless: bool = False) -> str:
    """The picture, encoded by us whatever it came as, for `data:image/webp;base64,`."""
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=lossless, quality=80)
    return base64.b64encode(file.getvalue()).decode()
