import os
import subprocess
import sys
import zlib
from base64 import b64encode
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageSequence
from PIL.PngImagePlugin import PngImageFile

from cadgen.picture import PictureError, read, reader, vector

ROOT = Path(__file__).resolve().parents[2]
LEFT, RIGHT = (200, 40, 60), (30, 90, 220)
needs_svg = pytest.mark.skipif(find_spec("resvg_py") is None, reason="resvg_py is not installed: cadgen[svg]")
needs_pdf = pytest.mark.skipif(find_spec("pypdfium2") is None, reason="pypdfium2 is not installed: cadgen[pdf]")


def halves(size=(40, 20)):
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, RIGHT)
    picture.paste(LEFT, (0, 0, size[0] // 2, size[1]))
    return picture


def greys(dtype, white):
    values = np.full((20, 40), white / 4, dtype)
    values[:, :20] = white
    return Image.fromarray(values)


def covered(mode="RGBA", cover=0):
    """The right half is transparent."""
    picture = halves().convert("RGBA")
    picture.paste((*RIGHT, cover), (20, 0, 40, 20))
    return picture.convert(mode)


def saved(picture, suffix, **options):
    file = BytesIO()
    picture.save(file, suffix, **options)
    return file.getvalue()


def frames(suffix, **options):
    return saved(halves(), suffix, save_all=True, append_images=[Image.new("RGB", (40, 20), 7)], **options)


def palette_with_transparency(suffix):
    indices = np.ones((20, 40), np.uint8)
    indices[:, 20:] = 2
    picture = Image.fromarray(indices, "P")
    picture.putpalette((0, 0, 0, *LEFT, *RIGHT))
    return saved(picture, suffix, transparency=2)


WHITE, QUARTER = (255, 255, 255), (64, 64, 64)
OF_LEFT = (Image.new("RGB", (1, 1), LEFT).convert("L").getpixel((0, 0)),) * 3
OF_RIGHT = (Image.new("RGB", (1, 1), RIGHT).convert("L").getpixel((0, 0)),) * 3
LOSSY = 12
# name: the file, colours on the left and on the right (None: transparent), how far off they may be
FILES = {
    "PNG, grey": (lambda: saved(halves().convert("L"), "PNG"), OF_LEFT, OF_RIGHT, 0),
    "PNG, grey with cover": (lambda: saved(covered("LA"), "PNG"), OF_LEFT, None, 0),
    "PNG, RGB": (lambda: saved(halves(), "PNG"), LEFT, RIGHT, 0),
    "PNG, RGBA": (lambda: saved(covered(), "PNG"), LEFT, None, 0),
    "PNG, RGBA, opaque": (lambda: saved(covered(cover=255), "PNG"), LEFT, RIGHT, 0),
    "PNG, palette": (lambda: saved(halves().convert("P", palette=Image.Palette.ADAPTIVE), "PNG"), LEFT, RIGHT, 2),
    "PNG, palette, a colour transparent": (lambda: palette_with_transparency("PNG"), LEFT, None, 0),
    "PNG, a colour transparent": (lambda: saved(halves(), "PNG", transparency=RIGHT), LEFT, None, 0),
    "PNG, a grey transparent": (lambda: saved(greys(np.uint8, 255), "PNG", transparency=63), WHITE, None, 0),
    "PNG, 1 bit": (lambda: saved(greys(np.uint8, 255).convert("1", dither=0), "PNG"), WHITE, (0,) * 3, 0),
    "PNG, 16 bit": (lambda: saved(greys(np.uint16, 65535), "PNG"), WHITE, QUARTER, 1),
    "PNG, animated": (lambda: frames("PNG"), LEFT, RIGHT, 0),
    "JPEG": (lambda: saved(halves(), "JPEG", quality=95, subsampling=0), LEFT, RIGHT, LOSSY),
    "JPEG, grey": (lambda: saved(halves().convert("L"), "JPEG"), OF_LEFT, OF_RIGHT, 3),
    "JPEG, CMYK": (lambda: saved(halves().convert("CMYK"), "JPEG", quality=95), LEFT, RIGHT, LOSSY),
    "TIFF, CMYK": (lambda: saved(halves().convert("CMYK"), "TIFF"), LEFT, RIGHT, 0),
    "WebP": (lambda: saved(halves(), "WEBP", quality=95), LEFT, RIGHT, 25),
    "WebP, cover": (lambda: saved(covered(), "WEBP", lossless=True), LEFT, None, 0),
    "WebP, animated": (lambda: frames("WEBP", lossless=True), LEFT, RIGHT, 0),
    "BMP": (lambda: saved(halves(), "BMP"), LEFT, RIGHT, 0),
    "PPM": (lambda: saved(halves(), "PPM"), LEFT, RIGHT, 0),
    "JPEG 2000": (lambda: saved(halves(), "JPEG2000"), LEFT, RIGHT, 2),
    "TIFF": (lambda: saved(halves(), "TIFF"), LEFT, RIGHT, 0),
    "TIFF, cover": (lambda: saved(covered(), "TIFF"), LEFT, None, 0),
    "TIFF, LZW": (lambda: saved(halves(), "TIFF", compression="tiff_lzw"), LEFT, RIGHT, 0),
    "TIFF, two pages": (lambda: frames("TIFF"), LEFT, RIGHT, 0),
    "TIFF, 16 bit": (lambda: saved(greys(np.uint16, 65535), "TIFF"), WHITE, QUARTER, 1),
    "TIFF, 32 bit": (lambda: saved(greys(np.int32, 65535), "TIFF"), WHITE, QUARTER, 1),
    "TIFF, floats to 1": (lambda: saved(greys(np.float32, 1), "TIFF"), WHITE, QUARTER, 1),
    "TIFF, floats to 255": (lambda: saved(greys(np.float32, 255), "TIFF"), WHITE, QUARTER, 1),
    "TIFF, floats to 65535": (lambda: saved(greys(np.float32, 65535), "TIFF"), WHITE, QUARTER, 1),
    "GIF, animated": (lambda: frames("GIF"), LEFT, RIGHT, 2),
    "GIF, transparent": (lambda: palette_with_transparency("GIF"), LEFT, None, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_format_shows_its_colours_and_its_cover(name):
    make, left, right, tolerance = FILES[name]
    picture = read(make())
    assert (picture.colour_HW3.shape, picture.colour_HW3.dtype) == ((20, 40, 3), np.uint8)
    assert np.abs(picture.colour_HW3[5:15, 4:16].astype(int) - left).max() <= tolerance
    if right is None:
        assert (picture.cover_HW.shape, picture.cover_HW.dtype) == ((20, 40), np.uint8)
        assert (picture.cover_HW == np.where(np.arange(40) < 20, 255, 0)).all()
    else:
        assert picture.cover_HW is None
        assert np.abs(picture.colour_HW3[5:15, 24:36].astype(int) - right).max() <= tolerance


def test_the_cmyk_jpeg_of_the_table_is_stored_inverted_as_adobe_does():
    make, *_ = FILES["JPEG, CMYK"]
    with Image.open(BytesIO(make())) as file:
        assert file.mode == "CMYK" and "adobe" in file.info


def test_the_animations_of_the_table_have_two_frames():
    for name in ("PNG, animated", "WebP, animated", "GIF, animated"):
        with Image.open(BytesIO(FILES[name][0]())) as file:
            assert len(list(ImageSequence.Iterator(file))) == 2


MODES = ("1", "L", "P", "PA", "LA", "La", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_a_picture_in_memory_shows_black_on_white(mode):
    grey = Image.fromarray(np.where(np.arange(64).reshape(8, 8) % 3 == 0, 0, 255).astype(np.uint8))
    between = {"PA": "P", "La": "LA", "RGBa": "RGBA", "LAB": "RGB"}
    odd = grey.convert(between.get(mode, "RGB")).convert(mode)
    assert odd.mode == mode
    picture = read(odd)
    assert picture.cover_HW is None
    assert np.abs(picture.colour_HW3.astype(int) - np.asarray(grey, int)[..., None]).max() <= 8


def test_a_picture_in_memory_is_left_as_it_was():
    part = covered("P")
    before = part.tobytes()
    read(part)
    assert (part.mode, part.tobytes()) == ("P", before)


def test_a_half_cover_is_kept_beside_its_full_colour():
    picture = read(saved(covered(cover=128), "PNG"))
    assert (picture.cover_HW[:, 20:] == 128).all() and (picture.colour_HW3[:, 20:] == RIGHT).all()


def test_a_blank_picture_of_any_shape_is_read():
    picture = read(saved(Image.new("RGB", (32, 5), "white"), "PNG"))
    assert picture.colour_HW3.shape == (5, 32, 3) and (picture.colour_HW3 == 255).all()


@pytest.mark.parametrize("values", [1e6, -1.0, np.nan])
def test_greys_of_no_known_range_are_one_clear_error(values, tmp_path):
    Image.fromarray(np.array([[0, values]], np.float32)).save(tmp_path / "deep.tiff")
    with pytest.raises(PictureError, match=r"deep\.tiff cannot be read as a picture \((its|some of its) values"):
        read(tmp_path / "deep.tiff")


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_as_its_camera_says(suffix, orientation):
    corner = np.full((32, 64), 255, np.uint8)
    corner[:8, :24] = 0  # black in the upper left corner, along the upper side
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    back = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = Image.fromarray(corner)
    if orientation > 1:
        stored = stored.transpose(back.get(orientation, reader._UPRIGHT[orientation]))
    content = saved(stored, suffix, exif=exif)
    upright = read(content).colour_HW3
    assert upright.shape == (32, 64, 3)
    assert np.abs(upright.astype(int) - corner[..., None])[[2, 2, 14, 24], [4, 20, 4, 60]].max() < 30
    assert (read(Image.open(BytesIO(content))).colour_HW3 == upright).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "LA", "I;16", "F", "CMYK"])
def test_a_large_picture_is_averaged_down_in_tiles(mode, monkeypatch):
    monkeypatch.setattr(reader, "LONGEST", 40)
    monkeypatch.setattr(reader, "_TILE", 16)
    grey = np.asarray(Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 50).resize((117, 61), 0))
    deep = {
        "I;16": lambda: Image.fromarray(grey.astype(np.uint16) * 257),
        "F": lambda: Image.fromarray(grey / np.float32(255)),
    }
    large = deep[mode]() if mode in deep else Image.fromarray(grey).convert(mode)
    plain = grey if mode != "1" else np.asarray(large.convert("L"))
    expected = Image.fromarray(plain).convert("RGB").reduce(3)
    small = read(saved(large, "TIFF"))
    assert (small.colour_HW3.shape, small.cover_HW) == ((21, 39, 3), None)
    assert np.abs(small.colour_HW3.astype(int) - np.asarray(expected, int)).max() <= 1


def test_colours_of_what_is_transparent_do_not_bleed(monkeypatch):
    monkeypatch.setattr(reader, "LONGEST", 40)
    layer = np.zeros((60, 120, 4), np.uint8)
    layer[:, ::3] = (*LEFT, 255)
    layer[:, 1::3] = (*RIGHT, 0)
    layer[:, 2::3] = (*LEFT, 255)
    small = read(Image.fromarray(layer))
    assert small.cover_HW.shape == (20, 40) and (small.cover_HW == 170).all()
    assert np.abs(small.colour_HW3.astype(int) - LEFT).max() <= 2


def test_a_large_jpeg_is_shrunk_while_it_is_decoded(monkeypatch):
    monkeypatch.setattr(reader, "LONGEST", 64)
    whole = halves((1024, 512))
    decoded = []
    layer = reader._layer
    monkeypatch.setattr(reader, "_layer", lambda file, unit: decoded.append(file.size) or layer(file, unit))
    small = read(saved(whole, "JPEG", quality=95))
    assert decoded == [(128, 64)]
    assert np.abs(small.colour_HW3.astype(int) - np.asarray(whole.reduce(16), int)).mean() < 2


def test_a_huge_picture_takes_little_more_memory_than_its_file_decoded(tmp_path):
    halves((10_000, 3_000)).save(tmp_path / "huge.png", compress_level=1)
    code = """
import resource, sys
from pathlib import Path
from cadgen.picture import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shape = read(Path(sys.argv[1])).colour_HW3.shape
print(*shape, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "huge.png"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    *shape, megabytes = map(int, done.stdout.split())
    assert shape == [600, 2000, 3]
    assert megabytes < 260  # 120 decoded


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pixels", [799, 300])  # ours alone, or with twice Pillow's: it would warn, or refuse by itself
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(pixels, tmp_path, monkeypatch):
    halves().save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pixels)
    monkeypatch.setattr(reader, "MOST_PIXELS", 799)
    monkeypatch.setattr(PngImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PictureError, match=r"large\.png (has 40 x 20|is too large).*scale it down to"):
        read(tmp_path / "large.png")


def test_a_bomb_of_a_few_bytes_is_refused_by_its_header():
    header = b"IHDR" + (100_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0d" + header + zlib.crc32(header).to_bytes(4, "big")
    bomb += b"\0\0\0\0IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")
    with pytest.raises(PictureError, match="scale it down"):
        read(bomb)


def test_a_large_picture_that_is_read_is_read_without_a_warning(monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    content = saved(halves(), "PNG")
    recwarn.clear()
    read(content)
    assert not recwarn.list


@pytest.mark.parametrize(
    "error", [EOFError(), IndexError("x"), OverflowError("x"), MemoryError(), zlib.error("x"), SyntaxError("x"),
              RecursionError(), KeyError("x"), Image.DecompressionBombError("x\ny")]
)  # fmt: skip
def test_whatever_a_parser_raises_is_one_clear_error(error, tmp_path, monkeypatch):
    def fail(self):
        raise error

    halves().save(tmp_path / "part.png")
    monkeypatch.setattr(PngImageFile, "load", fail)
    with pytest.raises(PictureError, match=r"^\S*part\.png [^\n]*; [^\n]*$"):
        read(tmp_path / "part.png")


def half(content):
    return content[: len(content) // 2]


NO_PICTURES = {
    "no bytes": b"",
    "text": b"hello",
    "a torn header": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n0 0 moveto\n%%EOF\n",
    **{f"half of {suffix}": half(saved(halves(), suffix)) for suffix in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")},
}  # fmt: skip


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_whole_picture_is_one_clear_error(name):
    with pytest.raises(PictureError, match=r"^it cannot be read as a picture \(.+\); give a whole PNG or JPEG file$"):
        read(NO_PICTURES[name], "it")


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
    with pytest.raises(PictureError, match=f"{ODD_PATHS[path]}.*; give the path of a PNG or JPEG file"):
        read(Path(path))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match=r"pipe\.png is a folder or a device"):
        read(tmp_path / "pipe.png")


def test_errors_call_a_picture_by_its_name(tmp_path):
    (tmp_path / "part.png").write_bytes(b"no")
    for source, name in ((b"no", "a picture of 2 bytes"), (tmp_path / "part.png", str(tmp_path / "part.png"))):
        with pytest.raises(PictureError, match=f"^{name} cannot"):
            read(source)
        with pytest.raises(PictureError, match=r"^row 7 cannot"):
            read(source, "row 7")
    with pytest.raises(PictureError, match=r"^the picture cannot"):
        read(Image.fromarray(np.array([[-1.0]], np.float32)))


@pytest.mark.parametrize("source", [saved(halves(), "PNG"), halves()], ids=["file", "memory"])
def test_a_picture_has_one_page(source):
    with pytest.raises(PictureError, match="it is one picture; there is no page 2"):
        read(source, "it", page=2)


def pdf():
    """A page of 40 x 20, and one of 30 x 60 with a blue square in the middle of its lower half."""
    second = Image.new("RGB", (30, 60), "white")
    second.paste(RIGHT, (10, 40, 20, 50))
    return saved(halves(), "PDF", save_all=True, append_images=[second], quality=95)


@needs_pdf
def test_a_page_of_a_pdf_is_drawn_on_white(tmp_path):
    (tmp_path / "part.pdf").write_bytes(pdf())
    first, second = read(tmp_path / "part.pdf"), read(pdf(), page=2)
    assert first.colour_HW3.shape == (512, 1024, 3) and first.cover_HW is None
    assert np.abs(first.colour_HW3[256, [100, 900]].astype(int) - (LEFT, RIGHT)).max() <= LOSSY
    assert second.colour_HW3.shape == (1024, 512, 3) and second.cover_HW is None
    assert np.abs(second.colour_HW3[[100, 768], [256, 256]].astype(int) - (WHITE, RIGHT)).max() <= LOSSY


@needs_pdf
@pytest.mark.parametrize("page", [0, -1, 3, 5])
def test_a_page_that_a_pdf_lacks_is_one_clear_error(page):
    with pytest.raises(PictureError, match=f"^it has 2 pages; there is no page {page}$"):
        read(pdf(), "it", page)


def locked_pdf():
    key = b"<" + b"00" * 32 + b">"
    return b"".join([
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
        b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O " + key + b"/U " + key + b">>endobj\n",
        b"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF\n",
    ])  # fmt: skip


@needs_pdf
def test_a_locked_pdf_is_one_clear_error():
    with pytest.raises(PictureError, match=r"^it is locked by a password; save it without one$"):
        read(locked_pdf(), "it")


@needs_pdf
def test_a_torn_pdf_is_one_clear_error():
    with pytest.raises(PictureError, match=r"^it cannot be drawn \(.*\); save it as PNG$"):
        read(b"%PDF-1.4\nno more", "it")


def svg(inside, attributes='viewBox="0 0 40 20"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


RED_LEFT = f'<rect width="20" height="20" fill="rgb{LEFT}"/>'


@needs_svg
@pytest.mark.parametrize("attributes", [
    'viewBox="0 0 40 20"', 'viewBox="0, 0, 40, 20" width="100%" height="1em"', 'viewBox="0 0 40 20" width="9e3"',
    'viewBox="0 0 40 20" height="4mm"', 'width="40" height="20px"',
])  # fmt: skip
def test_a_drawing_is_drawn_on_nothing(attributes):
    picture = read(svg(RED_LEFT, attributes))
    assert picture.colour_HW3.shape == (512, 1024, 3)
    assert (picture.cover_HW[:, :500] == 255).all() and (picture.cover_HW[:, 524:] == 0).all()
    assert (picture.colour_HW3[:, :500] == LEFT).all()


@needs_svg
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_drawing_is_known_by_what_it_begins_with(encoding, tmp_path):
    text = "<!-- drawn by hand -->\n" + svg(RED_LEFT).decode()
    text = text if encoding == "utf-16" else "\n " + text
    (tmp_path / "part").write_bytes(text.encode(encoding))
    assert read(tmp_path / "part").cover_HW.mean() == pytest.approx(127.5, abs=1)


@needs_svg
def test_what_a_drawing_holds_itself_is_drawn():
    inside = f'<defs><g id="a">{RED_LEFT}</g></defs><use href="#a"/>'
    assert read(svg(inside)).cover_HW.mean() == pytest.approx(127.5, abs=1)
    in_mm = '<rect width="50mm" height="50mm"/>'
    assert (read(svg(in_mm)).cover_HW is None) and (read(svg(in_mm.replace("50", "5"))).cover_HW is not None)
    data = b64encode(saved(halves(), "PNG")).decode()
    embedded = f'<image width="40" height="20" href="data:image/png;base64,{data}"/>'
    assert np.abs(read(svg(embedded)).colour_HW3[256, [100, 900]].astype(int) - (LEFT, RIGHT)).max() <= 2


W3C = 'PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'


def with_doctype(doctype, inside=RED_LEFT):
    return f"<?xml version='1.0' standalone='no'?>\n<!DOCTYPE {doctype}>\n".encode() + svg(inside)


def linked(address, inside=RED_LEFT, attributes=""):
    return svg(f'<a x:href="{address}" xmlns:x="http://www.w3.org/1999/xlink" {attributes}>{inside}</a>')


HARMLESS = {
    "the DOCTYPE of SVG 1.1": with_doctype(f"svg {W3C}"),
    "the DOCTYPE of a draft": with_doctype(
        'svg PUBLIC "-//W3C//DTD SVG 20010904//EN" "http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd"'
    ),
    "a DOCTYPE in UTF-16": f"<!DOCTYPE svg {W3C}>{svg(RED_LEFT).decode()}".encode("utf-16"),
    "a DOCTYPE that says nothing": with_doctype("svg"),
    "a link": linked("https://www.drawio.com/doc"),
    "a link without encryption": linked("http://example.org"),
    "a link to a person": linked("mailto:a@example.org"),
    "a link within": linked("#a"),
    "a link in HTML": svg(
        f'<foreignObject><a xmlns="http://www.w3.org/1999/xhtml" href="https://a.org">a</a></foreignObject>{RED_LEFT}'
    ),
}


@needs_svg
@pytest.mark.parametrize("name", HARMLESS)
def test_what_programs_write_and_nobody_fetches_is_drawn_without_it(name, monkeypatch):
    given = []
    draw = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda *args, **kwargs: given.append(kwargs["input"]) or draw(*args, **kwargs)
    )
    assert read(HARMLESS[name]).cover_HW.mean() == pytest.approx(127.5, abs=1)
    assert not any(word in given[0] for word in (b"DOCTYPE", b"href", b"mailto"))


HOSTILE = {
    "entities": (b'<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + svg("&b;"), "has a DOCTYPE"),
    "entities in UTF-16": (('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("").decode()).encode("utf-16"), "has a DOCTYPE"),
    "a DOCTYPE of elsewhere": (b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + svg(""), "has a DOCTYPE"),
    "a DOCTYPE of a site": (
        with_doctype('svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "https://a.org/a.dtd"'),
        "has a DOCTYPE",
    ),
    "a DOCTYPE of a file": (with_doctype('svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "file:///etc/passwd"'), "has a DOCTYPE"),
    "a DOCTYPE that W3C only begins": (with_doctype(f"svg {W3C}".replace("//EN", "//EN a")), "has a DOCTYPE"),
    "a DOCTYPE of the web": (with_doctype("html"), "has a DOCTYPE"),
    "entities behind the usual DOCTYPE": (
        with_doctype(f'svg {W3C} [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]', "&b;"),
        "has a DOCTYPE",
    ),
    "an entity of elsewhere": (with_doctype(f'svg {W3C} [<!ENTITY % a SYSTEM "https://a.org"> %a;]'), "has a DOCTYPE"),
    "attributes behind the usual DOCTYPE": (
        with_doctype(f'svg {W3C} [<!ATTLIST image href CDATA "file:///etc/passwd">]', "<image/>"),
        "has a DOCTYPE",
    ),
    "declarations of nothing": (with_doctype(f"svg {W3C} []"), "has a DOCTYPE"),
    "an entity that nobody declared": (with_doctype(f"svg {W3C}", "&a;"), "cannot be read as SVG"),
    "a link to a file": (linked("file:///etc/passwd"), "refers to another file"),
    "a link to a file beside": (linked("secret.svg"), "refers to another file"),
    "a link to a program": (linked("javascript:alert(1)"), "refers to another file"),
    "a picture in a link": (linked("https://a.org", '<image href="https://a.org/a.png"/>'), "refers to another file"),
    "a link twice": (linked("https://a.org", attributes='href="file:///etc/passwd"'), "refers to another file"),
    "a link of no namespace": (svg('<a xmlns="" href="https://a.org"/>'), "refers to another file"),
    "a style of a site": (
        svg('<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="https://a.org/a.css"/>'),
        "refers to another file",
    ),
    "a font of a site": (
        svg('<font-face-src><font-face-uri href="https://a.org/a.woff"/></font-face-src>'),
        "refers to another file",
    ),
    "a script of a site": (svg('<script href="https://a.org/a.js"/>'), "refers to another file"),
    "a picture of a site in a filter": (
        svg('<filter id="f"><feImage href="https://a.org/a.png"/></filter>'),
        "refers to another file",
    ),
    "a file": (svg('<image href="/etc/passwd"/>'), "refers to another file or site .*embed it"),
    "a file by its address": (svg('<image href=" file:///etc/passwd"/>'), "refers to another file"),
    "a site": (
        svg('<use x:href="https://example.org/a.svg#a" xmlns:x="http://www.w3.org/1999/xlink"/>'),
        "refers to another file",
    ),
    "half of one": (svg(RED_LEFT)[:-9], "cannot be read as SVG .*give a whole file"),
    "a page of the web": (b"<html><body/></html>", "no SVG drawing; give a file whose root"),
    "no size": (svg(RED_LEFT, ""), "has no size; give"),
    "a size of nothing": (svg(RED_LEFT, 'width="0" height="9"'), "has no size; give"),
    "a size without end": (svg(RED_LEFT, 'width="1e999" height="9"'), "has no size; give"),
    "deep nesting": (svg("<g>" * 5000 + "</g>" * 5000), "cannot be read as a picture .*; give"),
    "an encoding of its own": (b'<?xml version="1.0" encoding="utf-7"?>' + svg(""), "cannot be read .*; give"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_drawing_is_refused_before_anything_is_asked_to_draw_it(name, monkeypatch):
    monkeypatch.setattr(vector, "find_spec", lambda _: pytest.fail("looked for the library"))
    content, message = HOSTILE[name]
    with pytest.raises(PictureError, match=f"^it .*{message}"):
        read(content, "it")


@needs_svg
def test_a_drawing_within_a_drawing_reaches_no_file(tmp_path):
    halves().save(tmp_path / "secret.png")
    reaching = f'<image width="40" height="20" href="{tmp_path}/secret.png"/>'
    for inside, shows in ((RED_LEFT, True), (reaching, False), (reaching.replace('href="', 'href="file://'), False)):
        inner = b64encode(svg(inside)).decode()
        outer = svg(f'<image width="40" height="20" href="data:image/svg+xml;base64,{inner}"/>')
        assert read(outer).cover_HW.any() == shows


@needs_svg
def test_a_drawing_that_crashes_what_draws_it_is_one_clear_error():
    with pytest.raises(PictureError, match=r"^it cannot be drawn \(.*\); save it as PNG$"):
        read(svg('<g opacity=".9">' * 500 + RED_LEFT + "</g>" * 500), "it")


@needs_svg
def test_a_drawing_that_takes_too_long_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(vector, "MOST_SECONDS", 0.5)
    blurs = '<filter id="f">' + '<feGaussianBlur stdDeviation="9"/>' * 900 + "</filter>"
    with pytest.raises(PictureError, match=r"^it takes more than 0.5 s to draw; save it as PNG$"):
        read(svg(blurs + '<rect width="40" height="20" filter="url(#f)"/>'), "it")


@needs_svg
def test_a_thin_drawing_is_a_pixel_wide():
    assert read(svg("", 'viewBox="0 0 1 100000"')).colour_HW3.shape == (1024, 1, 3)


@pytest.mark.parametrize(("content", "extra"), [(svg(RED_LEFT), "svg"), (b"%PDF-1.4", "pdf")])
def test_a_library_that_is_not_installed_is_named_with_the_remedy(content, extra, monkeypatch):
    monkeypatch.setattr(vector, "find_spec", lambda _: None)
    with pytest.raises(PictureError, match=rf"^it is an? {extra.upper()} file.*pip install 'cadgen\[{extra}\]'"):
        read(content, "it")


@pytest.mark.parametrize("content", [svg(RED_LEFT), b"%PDF-1.4" + bytes(200)])
def test_a_drawing_of_too_many_bytes_is_refused(content, monkeypatch):
    monkeypatch.setattr(vector, "MOST_BYTES", 100)
    with pytest.raises(PictureError, match=r"^it has more than .* MB.*; save it as PNG$"):
        read(content, "it")


def test_a_drawing_of_too_many_elements_is_refused(monkeypatch):
    monkeypatch.setattr(vector, "MOST_ELEMENTS", 100)
    with pytest.raises(PictureError, match=r"^it has more than 100 elements; save it as PNG$"):
        read(svg("<g/>" * 100), "it")


def test_a_drawing_in_svg_has_one_page():
    with pytest.raises(PictureError, match="it is one drawing; there is no page 2"):
        read(svg(RED_LEFT), "it", page=2)
