"""Drawings, SVG and PDF, to files of pictures.

Libraries of strangers draw them, each in a process of its own with bounds on time and memory: a few lines of SVG are
enough to keep one busy for days, or to overflow its stack.
"""

import re
import subprocess
import sys
from importlib.util import find_spec
from math import isfinite
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

from cadgen.picture.picture import PictureError

LONGEST = 1024  # px of the longer side
MOST_BYTES = 20_000_000
MOST_ELEMENTS = 500_000  # of an SVG file; about 200 bytes of memory each
MOST_SECONDS = 30
_MOST_MEMORY = 2 << 30  # bytes
_AS_PNG = "save it as PNG"

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe<", b"\xfe\xff\0<")
_SVG = "{http://www.w3.org/2000/svg}svg"
# Programs write W3C's DOCTYPE out of habit. It declares nothing that we need, and nothing fetches it.
_PUBLIC_ID = re.compile(r"-//W3C//DTD SVG [\w. ]+//EN")
_SYSTEM_ID = re.compile(r"https?://www\.w3\.org/[\w./-]+")
# A link waits for a click, and is taken off before anything is drawn; every other address is one that is fetched.
_LINKS = ("{http://www.w3.org/2000/svg}a", "{http://www.w3.org/1999/xhtml}a")
_WITHIN = ("#", "data:")
_CLICKED = (*_WITHIN, "https://", "http://", "mailto:")
# CSS Values 3, 6.2: px in a unit. What a percentage or a size of the font is relative to, a file does not say.
_PX = {"": 1, "px": 1, "pt": 96 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}

# A complaint is what the user can mend: the rest of a sentence about the file, on the way out by this status.
_COMPLAINT = 3
_BOUNDS = f"""
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, ({_MOST_MEMORY}, {_MOST_MEMORY}))
except (ImportError, OSError, ValueError):  # not every system has such bounds; the one on time holds everywhere
    pass
def complain(text):
    print(text, file=sys.stderr)
    sys.exit({_COMPLAINT})
"""
_DRAW_SVG = f"""{_BOUNDS}
import resvg_py
sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=sys.stdin.buffer.read().decode(), dpi=96))
"""
_DRAW_PDF = f"""{_BOUNDS}
import pypdfium2
number = int(sys.argv[1])
try:
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
except pypdfium2.PdfiumError as error:
    if "password" in str(error).lower():
        complain("is locked by a password; save it without one")
    raise
if not 1 <= number <= len(document):
    pages = "1 page" if len(document) == 1 else f"{{len(document)}} pages"
    complain(f"has {{pages}}; there is no page {{number}}")
page = document[number - 1]
scale = ({LONGEST} - 0.5) / max(page.get_size())  # the sides are rounded up
page.render(scale=scale).to_pil().save(sys.stdout.buffer, "PPM")
"""


def is_drawing(head: bytes) -> bool:
    """Whether a file that begins with these bytes is meant for `draw`: no file of pixels begins as XML or PDF does."""
    return _is_pdf(head) or head.startswith(_UTF_16_MARKS) or head.removeprefix(_UTF_8_MARK).lstrip().startswith(b"<")


def draw(file: BinaryIO, name: str, page: int) -> bytes:
    """A PNG or PPM file of what an SVG or PDF file shows, its longer side `LONGEST` px.

    Raises `PictureError`, which calls the file `name`, where it is too large, reaches for other files, cannot be drawn
    or has no such page, or where the optional library that draws it is not installed.
    """
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PictureError(f"{name} has more than {MOST_BYTES // 10**6} MB, which is much for a drawing; {_AS_PNG}")
    if _is_pdf(data):
        _check_library("pypdfium2", "pdf", name)
        return _drawn(_DRAW_PDF, data, name, str(page))
    if page != 1:
        raise PictureError(f"{name} is one drawing; there is no page {page}: leave the page out, or give a PDF file")
    tame = _tame_svg(data, name)
    _check_library("resvg_py", "svg", name)
    return _drawn(_DRAW_SVG, tame, name)


def _is_pdf(head: bytes) -> bool:
    return head.startswith(b"%PDF-")


def _check_library(library: str, extra: str, name: str) -> None:
    if find_spec(library) is None:
        raise PictureError(
            f"{name} is {'an SVG' if extra == 'svg' else 'a PDF'} file, and {library}, which draws those, is not "
            f"installed; pip install 'cadgen[{extra}]', or {_AS_PNG}"
        )


def _drawn(program: str, data: bytes, name: str, *arguments: str) -> bytes:
    """What the program writes when it is given the data."""
    command = [sys.executable, "-P", "-c", program, *arguments]  # -P: no module of the folder that we are in
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise PictureError(f"{name} takes more than {MOST_SECONDS} s to draw; {_AS_PNG}") from None
    told = " ".join(done.stderr.decode(errors="replace").strip().rpartition("\n")[2].split())
    if done.returncode == _COMPLAINT:
        raise PictureError(f"{name} {told}")
    if done.returncode != 0:
        told = told if done.returncode > 0 and told else "what draws it crashed"
        raise PictureError(f"{name} cannot be drawn ({told}); {_AS_PNG}")
    return done.stdout


class _UntameError(Exception):
    """What a drawing has that none needs, and the remedy."""


class _TameTree(ElementTree.TreeBuilder):
    """A builder of XML trees that ends before the tree is large."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise _UntameError(f"more than {MOST_ELEMENTS} elements; {_AS_PNG}")
        return super().start(tag, attrs)


def _tame_svg(data: bytes, name: str) -> bytes:
    """The drawing written anew, with a size of ours: what was looked through is what is drawn, in every encoding."""
    try:
        _check_doctype(data)
        root = ElementTree.fromstring(data, ElementTree.XMLParser(target=_TameTree()))
    except _UntameError as error:
        raise PictureError(f"{name} has {error}") from None
    except (expat.ExpatError, ElementTree.ParseError) as error:
        raise PictureError(f"{name} cannot be read as SVG ({error}); give a whole file, or {_AS_PNG}") from None
    if root.tag != _SVG:
        raise PictureError(
            f'{name} is XML, but no SVG drawing; give a file whose root is <svg xmlns="http://www.w3.org/2000/svg">'
        )
    for element in root.iter():
        for key in [key for key in element.attrib if key.rpartition("}")[2].lower() == "href"]:
            address, is_link = element.attrib[key], element.tag in _LINKS
            if not address.startswith(_CLICKED if is_link else _WITHIN):
                raise PictureError(f"{name} refers to another file or site ({address[:80]!r}); embed it, or {_AS_PNG}")
            if is_link:
                del element.attrib[key]
    _set_size(root, name)
    return ElementTree.tostring(root, "utf-8")


def _check_doctype(data: bytes) -> None:
    """Ends before any entity is declared. `ElementTree` tells its builders of a DOCTYPE, but not of what is inside."""

    def check(name: str, system: str | None, public: str | None, has_declarations: bool) -> None:
        is_usual = _PUBLIC_ID.fullmatch(public or "") and _SYSTEM_ID.fullmatch(system or "")
        if has_declarations or name != "svg" or not (is_usual or public is system is None):
            raise _UntameError(f"a DOCTYPE with declarations of its own, or of elsewhere; take it out, or {_AS_PNG}")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = check
    parser.Parse(data, True)


def _set_size(root: ElementTree.Element, name: str) -> None:
    """Makes the longer side `LONGEST` px, so that no file says how large an array is made."""
    width, height = _size(root, name)
    if "viewBox" not in root.attrib:
        root.set("viewBox", f"0 0 {width} {height}")
    longer = max(width, height)
    root.set("width", str(max(1, round(width / longer * LONGEST))))
    root.set("height", str(max(1, round(height / longer * LONGEST))))


def _size(root: ElementTree.Element, name: str) -> tuple[float, float]:
    """Width and height in px; one that is missing follows from the shape of the view box (SVG 2, 7.2)."""
    width, height = (_px(root.get(side, "")) for side in ("width", "height"))
    box = [_px(number) for number in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    if len(box) == 4 and box[2] and box[3]:
        if width is None and height is None:
            return box[2], box[3]
        width = width if width is not None or height is None else height * box[2] / box[3]
        height = height if height is not None or width is None else width * box[3] / box[2]
    if not width or not height or not isfinite(width * height):
        raise PictureError(f"{name} has no size; give its <svg> a width and a height in px or mm, or a viewBox")
    return width, height


def _px(text: str) -> float | None:
    """A length in px, or None where it is none, is 0, or is relative to something that we do not know."""
    match = re.fullmatch(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([a-z]*)\s*", text)
    if match is None or match[2] not in _PX:
        return None
    length = float(match[1]) * _PX[match[2]]
    return length if 0 < length < 1e9 else None
