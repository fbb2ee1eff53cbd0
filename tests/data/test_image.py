import numpy as np
import pytest
import torch
from PIL import Image

from cadgen.data import ImageError, load_image, to_tensor


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


def test_a_wrong_mode_names_the_modes_that_work(tmp_path):
    Image.fromarray(np.arange(64, dtype=np.int32).reshape(8, 8) * 500).save(tmp_path / "deep.tiff")
    with pytest.raises(ImageError, match="mode I; convert it to one of RGB"):
        load_image(tmp_path / "deep.tiff")


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
