"""Pictures from disk to tensors: square, RGB on white, pixel values in [0, 1]."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

_MODES = ("RGB", "RGBA", "L", "LA", "P")
_WHITE = (255, 255, 255)


class ImageError(ValueError):
    """A picture that cannot be used; the message names it and the remedy."""


def load_image(source: Path | bytes) -> Image.Image:
    """The picture in a file, or in a file's bytes, as a white-padded RGB square. Raises `ImageError`."""
    path = f"a picture of {len(source)} bytes" if isinstance(source, bytes) else source
    try:
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as file:
            file.load()
            picture = file.copy()
    except FileNotFoundError:
        raise ImageError(f"{path} does not exist; give the path of a PNG or JPEG file") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"{path} cannot be read as a picture ({error}); give a whole PNG or JPEG file") from None
    return squared(picture, str(path))


def squared(picture: Image.Image, name: str) -> Image.Image:
    """The picture as a white-padded RGB square. Raises `ImageError`, which calls it `name`."""
    if picture.mode not in _MODES:
        raise ImageError(f"{name} has the mode {picture.mode}; convert it to one of {', '.join(_MODES)}")
    picture = _on_white(picture)
    if np.ptp(np.asarray(picture)) == 0:
        raise ImageError(f"{name} is empty: all its pixels have one value; give a picture of a part")
    side = max(picture.size)
    if picture.size == (side, side):
        return picture
    square = Image.new("RGB", (side, side), _WHITE)
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def to_tensor(picture: Image.Image, size: int) -> torch.Tensor:
    """(3, size, size) float32 in [0, 1], averaged down when larger."""
    method = Image.Resampling.BOX if picture.width >= size else Image.Resampling.BICUBIC
    array = np.asarray(picture.resize((size, size), method)).transpose(2, 0, 1)
    return torch.from_numpy(array / np.float32(255.0))


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    background = Image.new("RGBA", layer.size, (*_WHITE, 255))
    return Image.alpha_composite(background, layer).convert("RGB")
