"""Pictures from disk to tensors: square, RGB on white, pixel values in [0, 1].

Any picture of up to `MOST_PIXELS` is read; one longer than `LONGEST` is averaged down to that, a tile at a time, so
that beside the decoded file (up to 4 bytes a pixel: 600 MB) little memory is taken. JPEG files are shrunk while they
are decoded, and take less.
"""

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np
import torch
from PIL import ExifTags, Image, UnidentifiedImageError

MOST_PIXELS = 150_000_000
LONGEST = 4096  # px of the longer side, many times what a network sees
# No format that is a program for another interpreter, as EPS is for Ghostscript: pictures come from strangers.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
_TILE = 2048  # px, about
_SCALE_DOWN = f"scale it down to {MOST_PIXELS // 10**6} million pixels or less; a few hundred a side are enough"
_WHITE = (255, 255, 255)
_WITH_ALPHA = ("RGBA", "LA", "PA", "P", "RGBa")
# EXIF 2.32, 4.6.4: what brings a picture upright that is stored with this orientation.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(ValueError):
    """A picture that cannot be used; the message names it and the remedy."""


def load_image(source: Path | bytes) -> Image.Image:
    """The (first) picture in a file, or in a file's bytes, upright, as a white-padded RGB square of up to `LONGEST` px.

    Raises `ImageError`, whatever is wrong with the file.
    """
    name = f"a picture of {len(source)} bytes" if isinstance(source, bytes) else str(source)
    if isinstance(source, Path):
        _check_file(source)
    # Never by its path: Pillow would map an uncompressed TIFF file into memory, and garble it if it is turned.
    with (
        _reading(name),
        BytesIO(source) if isinstance(source, bytes) else source.open("rb") as opened,
        Image.open(opened, formats=_formats()) as file,
    ):
        _check_size(file, name)
        if (factor := _factor(file)) > 1:
            file.draft(file.mode, (-(-file.width // factor), -(-file.height // factor)))
        return squared(file, name)


def squared(picture: Image.Image, name: str) -> Image.Image:
    """The picture, upright, as a white-padded RGB square of up to `LONGEST` px.

    Greys of 16 bits, and whole numbers of 32, are read as 0 to 65535; floats as 0 to 1, 255 or 65535, whichever they
    all lie in. Raises `ImageError`, which calls it `name`.
    """
    _check_size(picture, name)
    with _reading(name):
        picture.load()
        orientation = picture.getexif().get(ExifTags.Base.Orientation)
        picture = _shrunk_on_white(picture)
    if np.ptp(np.asarray(picture)) == 0:
        raise ImageError(f"{name} is empty: all its pixels have one value; give a picture of a part")
    if orientation in _UPRIGHT:
        picture = picture.transpose(_UPRIGHT[orientation])
    side = max(picture.size)
    if picture.size == (side, side):
        return picture
    square = Image.new("RGB", (side, side), _WHITE)
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def to_tensor(picture: Image.Image, size: int) -> torch.Tensor:
    """(3, size, size) float32 in [0, 1], averaged down when larger."""
    array = np.asarray(_resized(picture, size)).transpose(2, 0, 1)
    return torch.from_numpy(array / np.float32(255.0))


def to_grey(picture: Image.Image, size: int) -> torch.Tensor:
    """(1, size, size) uint8, averaged down when larger: a twelfth of the memory of `to_tensor`."""
    return torch.from_numpy(np.array(_resized(picture.convert("L"), size)))[None]


def _resized(picture: Image.Image, size: int) -> Image.Image:
    method = Image.Resampling.BOX if picture.width >= size else Image.Resampling.BICUBIC
    return picture.resize((size, size), method)


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)  # AVIF is not in every Pillow


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turns whatever Pillow raises into `ImageError`; its warnings, also of large pictures, are dropped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large ({_told(error)}); {_SCALE_DOWN}") from None
    except MemoryError:
        raise ImageError(f"{name} does not fit into memory; scale it down, a few hundred pixels are enough") from None
    except Exception as error:  # its parsers raise nearly anything on a damaged file
        told = _told(error)
        raise ImageError(f"{name} cannot be read as a picture ({told}); give a whole PNG or JPEG file") from None


def _told(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is of no known format, or torn"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"{path} does not exist; give the path of a PNG or JPEG file") from None
    except (OSError, ValueError) as error:
        raise ImageError(f"{path} cannot be read ({_told(error)}); give the path of a PNG or JPEG file") from None
    if not stat.S_ISREG(mode):  # a pipe or a device might never end
        raise ImageError(f"{path} is a folder or a device; give the path of a PNG or JPEG file")


def _check_size(picture: Image.Image, name: str) -> None:
    """By the header alone: nothing is decoded yet."""
    if picture.width * picture.height > MOST_PIXELS:
        raise ImageError(f"{name} has {picture.width} x {picture.height} pixels; {_SCALE_DOWN}")


def _factor(picture: Image.Image) -> int:
    return -(-max(picture.size) // LONGEST)


def _shrunk_on_white(picture: Image.Image) -> Image.Image:
    """RGB, averaged down to `LONGEST` by a whole factor, in tiles: never is all of it held in a wider mode."""
    factor = _factor(picture)
    unit = _unit(picture)
    if factor <= 1:
        return _on_white(picture, unit)
    shrunk = Image.new("RGB", (-(-picture.width // factor), -(-picture.height // factor)))
    step = factor * -(-_TILE // factor)
    for top in range(0, picture.height, step):
        for left in range(0, picture.width, step):
            box = (left, top, min(left + step, picture.width), min(top + step, picture.height))
            shrunk.paste(_on_white(picture.crop(box), unit).reduce(factor), (left // factor, top // factor))
    return shrunk


def _unit(picture: Image.Image) -> float | None:
    """The value that is white, of a picture with more than 8 bits a channel. Raises `ValueError`."""
    if picture.mode.startswith("I;16"):
        return 65535
    if picture.mode not in ("I", "F"):
        return None
    low, high = cast(tuple[float, float], picture.getextrema())
    choices = (65535,) if picture.mode == "I" else (1, 255, 65535)
    for unit in choices:
        if low >= 0 and high <= unit:
            return unit
    raise ValueError(f"its values run from {low:g} to {high:g} and must lie in 0 to 65535")


def _on_white(picture: Image.Image, unit: float | None) -> Image.Image:
    if unit is not None:
        values = np.asarray(picture, np.float32)
        if not np.isfinite(values).all():
            raise ValueError("some of its values are no numbers")
        return Image.fromarray(np.rint(values * np.float32(255 / unit)).astype(np.uint8)).convert("RGB")
    if picture.mode == "La":
        picture = picture.convert("LA")
    if picture.mode not in _WITH_ALPHA and "transparency" not in picture.info:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    background = Image.new("RGBA", layer.size, (*_WHITE, 255))
    return Image.alpha_composite(background, layer).convert("RGB")
