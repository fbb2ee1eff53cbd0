"""Pictures from files to arrays: upright, of the shape they have, what is transparent kept apart.

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
from typing import BinaryIO, cast

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from cadgen.picture.picture import Picture, PictureError
from cadgen.picture.vector import draw, is_drawing

MOST_PIXELS = 150_000_000
LONGEST = 2048  # px of the longer side
# No format that is a program for another interpreter, as EPS is for Ghostscript: pictures come from strangers.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
_HEAD = 64  # bytes that tell a drawing from a picture
_TILE = 2048  # px, about
_SCALE_DOWN = f"scale it down to {MOST_PIXELS // 10**6} million pixels or less; a few hundred a side are enough"
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


def read(source: Path | bytes | Image.Image, name: str | None = None, page: int = 1) -> Picture:
    """The picture in a file, in a file's bytes or in memory, upright, its longer side up to `LONGEST` px.

    It is the first of several frames; `page` counts from 1 and is for PDF files alone. PDF pages lie on white paper,
    SVG drawings on nothing; both have a longer side of 1024 px. Greys of 16 bits, and whole numbers of 32, are read as
    0 to 65535; floats as 0 to 1, 255 or 65535, whichever they all lie in. Raises `PictureError`, whatever is wrong with
    the file, which calls it `name`.
    """
    name = _default_name(source) if name is None else name
    if isinstance(source, Path):
        _check_file(source, name)
    with _reading(name):
        if isinstance(source, Image.Image):
            _check_page(page, name)
            return _picture(source, name)
        # Never by its path: Pillow would map an uncompressed TIFF file into memory, and garble it if it is turned.
        with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as opened:
            return _from_file(opened, name, page)


def _default_name(source: Path | bytes | Image.Image) -> str:
    if isinstance(source, bytes):
        return f"a picture of {len(source)} bytes"
    return str(source) if isinstance(source, Path) else "the picture"


def _from_file(opened: BinaryIO, name: str, page: int) -> Picture:
    head = opened.read(_HEAD)
    opened.seek(0)
    if is_drawing(head):
        with BytesIO(draw(opened, name, page)) as drawn:
            return _from_raster(drawn, name)
    _check_page(page, name)
    return _from_raster(opened, name)


def _from_raster(opened: BinaryIO, name: str) -> Picture:
    with Image.open(opened, formats=_formats()) as file:
        _check_size(file, name)
        if (factor := _factor(file)) > 1:
            file.draft(file.mode, (-(-file.width // factor), -(-file.height // factor)))
        return _picture(file, name)


def _picture(picture: Image.Image, name: str) -> Picture:
    _check_size(picture, name)
    picture.load()
    orientation = picture.getexif().get(ExifTags.Base.Orientation)
    layer = _shrunk_layer(picture)
    if orientation in _UPRIGHT:
        layer = layer.transpose(_UPRIGHT[orientation])
    cover_HW = np.array(layer.getchannel("A"))
    return Picture(np.array(layer.convert("RGB")), None if (cover_HW == 255).all() else cover_HW)


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)  # AVIF is not in every Pillow


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turns whatever a parser raises into `PictureError`; Pillow's warnings, also of large pictures, are dropped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} is too large ({_told(error)}); {_SCALE_DOWN}") from None
    except MemoryError:
        raise PictureError(f"{name} does not fit into memory; scale it down, a few hundred pixels are enough") from None
    except Exception as error:  # parsers raise nearly anything on a damaged file
        told = _told(error)
        raise PictureError(f"{name} cannot be read as a picture ({told}); give a whole PNG or JPEG file") from None


def _told(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is of no known format, or torn"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _check_file(path: Path, name: str) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise PictureError(f"{name} does not exist; give the path of a PNG or JPEG file") from None
    except (OSError, ValueError) as error:
        raise PictureError(f"{name} cannot be read ({_told(error)}); give the path of a PNG or JPEG file") from None
    if not stat.S_ISREG(mode):  # a pipe or a device might never end
        raise PictureError(f"{name} is a folder or a device; give the path of a PNG or JPEG file")


def _check_page(page: int, name: str) -> None:
    if page != 1:
        raise PictureError(f"{name} is one picture; there is no page {page}: leave the page out, or give a PDF file")


def _check_size(picture: Image.Image, name: str) -> None:
    """By the header alone: nothing is decoded yet."""
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureError(f"{name} has {picture.width} x {picture.height} pixels; {_SCALE_DOWN}")


def _factor(picture: Image.Image) -> int:
    return -(-max(picture.size) // LONGEST)


def _shrunk_layer(picture: Image.Image) -> Image.Image:
    """RGBA, averaged down to `LONGEST` by a whole factor, in tiles: never is all of it held in a wider mode."""
    factor = _factor(picture)
    unit = _unit(picture)
    if factor <= 1:
        return _layer(picture, unit)
    shrunk = Image.new("RGBA", (-(-picture.width // factor), -(-picture.height // factor)))
    step = factor * -(-_TILE // factor)
    for top in range(0, picture.height, step):
        for left in range(0, picture.width, step):
            box = (left, top, min(left + step, picture.width), min(top + step, picture.height))
            # Pillow weighs colours by cover as it averages: what is transparent does not bleed into what is not.
            shrunk.paste(_layer(picture.crop(box), unit).reduce(factor), (left // factor, top // factor))
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


def _layer(picture: Image.Image, unit: float | None) -> Image.Image:
    """The picture as RGBA."""
    if unit is not None:
        values = np.asarray(picture, np.float32)
        if not np.isfinite(values).all():
            raise ValueError("some of its values are no numbers")
        picture = Image.fromarray(np.rint(values * np.float32(255 / unit)).astype(np.uint8))
    if picture.mode == "La":
        picture = picture.convert("LA")
    if picture.mode in ("CMYK", "YCbCr", "HSV", "LAB"):  # not every one of them has a way to RGBA
        picture = picture.convert("RGB")
    return picture.convert("RGBA")
