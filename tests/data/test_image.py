import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile

from cadgen.data import ImageError, image, load_image, squared, to_tensor
from cadgen.data.image import _on_white


def picture(mode="L", size=(40, 20)):
    grey = np.full(size[::-1], 255, np.uint8)
    grey[5:15, 10:30] = 100
    return Image.fromarray(grey).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_any_usual_mode_becomes_a_white_padded_rgb_square(mode, tmp_path):
    picture(mode).save(tmp_path / "part.png")
    square = load_image(tmp_path / "part.png")
    assert (square.mode, square.size) == ("RGB", (40, 40))
    assert square.getpixel((20, 2)) == (255, 255, 255)
    assert square.getpixel((20, 20))[0] == pytest.approx(100, abs=2)


def test_what_is_transparent_counts_as_white(tmp_path):
    layer = np.zeros((8, 8, 4), np.uint8)
    layer[2:4, 2:4] = (10, 10, 10, 255)
    Image.fromarray(layer).save(tmp_path / "part.png")
    assert load_image(tmp_path / "part.png").getpixel((0, 0)) == (255, 255, 255)


BAD = {
    "absent": (None, "does not exist"),
    "no bytes": (b"", "cannot be read"),
    "no picture": (b"hello", "cannot be read"),
    "torn": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_picture_is_one_clear_error(name, tmp_path):
    content, message = BAD[name]
    if content is not None:
        (tmp_path / "part.png").write_bytes(content)
    with pytest.raises(ImageError, match=message):
        load_image(tmp_path / "part.png")


GREYS = np.where(np.arange(64).reshape(8, 8) % 3 == 0, 0.25, 1.0)

DEEP = {
    "16 bits": (np.uint16, 65535, "png"),
    "16 bits, TIFF": (np.uint16, 65535, "tiff"),
    "32 bits": (np.int32, 65535, "tiff"),
    "floats up to 1": (np.float32, 1, "tiff"),
    "floats up to 255": (np.float32, 255, "tiff"),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_greys_keep_their_range(name, tmp_path):
    dtype, white, suffix = DEEP[name]
    Image.fromarray((GREYS * white).astype(dtype)).save(tmp_path / f"deep.{suffix}")
    grey = np.asarray(load_image(tmp_path / f"deep.{suffix}"))[..., 1]
    assert np.abs(grey - GREYS * 255).max() <= 1


@pytest.mark.parametrize("values", [GREYS * 1e6, -GREYS, GREYS * np.nan])
def test_greys_of_no_known_range_are_one_clear_error(values, tmp_path):
    Image.fromarray(values.astype(np.float32)).save(tmp_path / "deep.tiff")
    with pytest.raises(ImageError, match=r"deep\.tiff cannot be read as a picture \((its|some of its) values"):
        load_image(tmp_path / "deep.tiff")


@pytest.mark.parametrize("mode", ["1", "L", "P", "PA", "LA", "La", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"])
def test_every_mode_shows_black_on_white(mode):
    grey = Image.fromarray((GREYS > 0.5).astype(np.uint8) * 255)
    there = {"PA": ["P", "PA"], "La": ["LA", "La"], "RGBa": ["RGBA", "RGBa"], "LAB": ["RGB", "LAB"]}.get(
        mode, ["RGB", mode]
    )
    odd = grey
    for step in there:
        odd = odd.convert(step)
    assert odd.mode == mode
    assert np.abs(np.asarray(squared(odd, "it"), float) - np.asarray(grey, float)[..., None]).max() <= 8


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_colour_that_counts_as_transparent_counts_as_white(mode, tmp_path):
    black = (0, 0, 0) if mode == "RGB" else 0
    part = picture("L").point(lambda value: 0 if value == 255 else 255).convert(mode)
    part.putpixel((0, 0), 1 if mode == "1" else part.getpixel((20, 10)))
    part.save(tmp_path / "part.png", transparency=black)
    with pytest.raises(ImageError, match="is empty"):  # white on what is transparent
        load_image(tmp_path / "part.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_as_its_camera_says(suffix, orientation, tmp_path):
    corner = np.full((32, 64), 255, np.uint8)
    corner[:8, :24] = 0  # black in the upper left corner, along the upper side
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    back = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = Image.fromarray(corner)
    if orientation > 1:
        stored = stored.transpose(back.get(orientation, image._UPRIGHT[orientation]))
    stored.save(tmp_path / f"part.{suffix}", exif=exif)
    upright = np.asarray(load_image(tmp_path / f"part.{suffix}").convert("L"))
    assert upright[18, 4] < 30 and upright[18, 20] < 30 and upright[30, 4] > 220 and upright[40, 60] > 220
    opened = Image.open(BytesIO((tmp_path / f"part.{suffix}").read_bytes()))
    shown = np.asarray(squared(opened, "it").convert("L"))
    assert (shown == upright).all()


def test_the_first_of_several_frames_counts(tmp_path):
    frames = [picture(), Image.new("L", (40, 20), 7)]
    for suffix in ("gif", "tiff", "png"):
        frames[0].save(tmp_path / f"part.{suffix}", save_all=True, append_images=frames[1:])
        assert np.asarray(load_image(tmp_path / f"part.{suffix}"))[20, 12, 0] == pytest.approx(100, abs=2)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16", "F", "CMYK"])
def test_a_large_picture_is_averaged_down_in_tiles(mode, tmp_path, monkeypatch):
    monkeypatch.setattr(image, "LONGEST", 40)
    monkeypatch.setattr(image, "_TILE", 16)
    grey = np.asarray(Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 50).resize((117, 61), 0))
    deep = {
        "I;16": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "F": lambda: Image.fromarray(grey / np.float32(255)),
    }
    large = deep[mode]() if mode in deep else Image.fromarray(grey).convert(mode)
    large.save(tmp_path / "large.tiff")
    plain = grey if mode != "1" else np.asarray(large.convert("L"))
    expected = Image.fromarray(plain).convert("RGB").reduce(3)
    small = load_image(tmp_path / "large.tiff")
    assert small.size == (39, 39)
    assert np.abs(np.asarray(small, int)[9:30] - np.asarray(expected, int)).max() <= 1


def test_a_large_jpeg_is_shrunk_while_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(image, "LONGEST", 64)
    whole = Image.fromarray(np.asarray(picture().resize((1024, 512), Image.Resampling.BICUBIC)))
    whole.save(tmp_path / "large.jpg", quality=95)
    decoded = []
    monkeypatch.setattr(image, "_on_white", lambda file, unit: decoded.append(file.size) or _on_white(file, unit))
    small = load_image(tmp_path / "large.jpg")
    assert decoded == [(128, 64)]
    assert small.size == (64, 64)
    assert np.abs(np.asarray(small, int)[16:48] - np.asarray(whole.convert("RGB").reduce(16), int)).mean() < 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pixels", [799, 300])  # ours alone, or with twice Pillow's: it would warn, or refuse by itself
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(pixels, tmp_path, monkeypatch):
    picture().save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pixels)
    monkeypatch.setattr(image, "MOST_PIXELS", 799)
    monkeypatch.setattr(PngImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ImageError, match=r"large\.png (has 40 x 20|is too large).*scale it down to"):
        load_image(tmp_path / "large.png")
    assert pixels == Image.MAX_IMAGE_PIXELS


def test_a_large_picture_that_is_read_is_read_without_a_warning(tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    picture().save(tmp_path / "large.png")
    recwarn.clear()
    assert load_image(tmp_path / "large.png").size == (40, 40)
    assert not recwarn.list


@pytest.mark.parametrize(
    "error", [struct.error("x"), EOFError(), IndexError("x"), OverflowError("x"), MemoryError(), zlib.error("x"),
              SyntaxError("x"), RecursionError(), KeyError("x"), Image.DecompressionBombError("x\ny")]
)  # fmt: skip
def test_whatever_a_parser_raises_is_one_clear_error(error, tmp_path, monkeypatch):
    def fail(self):
        raise error

    picture().save(tmp_path / "part.png")
    monkeypatch.setattr(PngImageFile, "load", fail)
    with pytest.raises(ImageError, match=r"^\S*part\.png [^\n]*$"):
        load_image(tmp_path / "part.png")


ODD_PATHS = {
    "": "is a folder",
    ".": "is a folder",
    "/dev/zero": "a device",
    "-": "does not exist",
    "a" * 300: "too long",
    "a\0b": "null",
}


@pytest.mark.parametrize("path", ODD_PATHS)
def test_a_path_that_is_no_file_is_one_clear_error(path):
    with pytest.raises(ImageError, match=ODD_PATHS[path]):
        load_image(Path(path))


def test_postscript_is_not_executed(tmp_path):
    (tmp_path / "part.eps").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n0 0 moveto\n%%EOF\n"
    )
    with pytest.raises(ImageError, match="of no known format"):
        load_image(tmp_path / "part.eps")


def test_a_picture_of_nothing_is_refused(tmp_path):
    Image.new("RGB", (8, 8), "white").save(tmp_path / "blank.png")
    with pytest.raises(ImageError, match="is empty"):
        load_image(tmp_path / "blank.png")


def test_tensors_are_averaged_down_to_the_unit_range():
    tensor = to_tensor(picture("RGB", (40, 40)), 20)
    assert tensor.shape == (3, 20, 20)
    assert tensor.dtype == torch.float32
    assert tensor.max() == 1.0
    assert tensor[0, 5, 10] == pytest.approx(100 / 255)
