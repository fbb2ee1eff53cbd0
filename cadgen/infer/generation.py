"""`generate`: the program for a picture, for Python."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from cadgen.decode import Candidate, decode, load_decoder
from cadgen.eval.case import case_of
from cadgen.infer.pictures import cameras_of
from cadgen.model import load_reader
from cadgen.picture import read
from cadgen.shape import Sandbox
from cadgen.size import SizeError, checked, fold_of, sized

Source = Path | str | Image.Image


def generate(
    image: Source | Sequence[Source],
    ckpt: Path | str = "shipped",
    decoding: str = "greedy",
    views: Sequence[str] | None = None,
    page: int = 1,
    size_mm: float | None = None,
) -> Candidate:
    """The program for one picture, or for several pictures of one part.

    `decoding` names a file of conf/decoding, `ckpt` a run or checkpoint folder; `views` names the view of each picture
    (front, back, left, right, top, bottom, iso), "any" where it is to be found. Decodings that look at no picture, such
    as greedy, make no use of them. `page` counts from 1 and is for PDF files alone. `size_mm`: the program is in
    millimetres, and the longest side of the box around its part is that; None: it is in steps of the grid. Raises
    `ValueError`, also where a program that leaves no solid is to have a size.
    """
    images = [image] if isinstance(image, (Path, str, Image.Image)) else list(image)
    if not images:
        raise ValueError("no picture; give one at least")
    if size_mm is not None:
        checked(size_mm)
    cameras = cameras_of(views or (), len(images))
    network = load_reader(str(ckpt))
    pictures = [read(one if isinstance(one, Image.Image) else Path(one), page=page) for one in images]
    case = case_of("picture", pictures, network.sight, cameras=cameras)
    with Sandbox(workers=1, profile="interp") as box:
        (decoded,) = decode(network, load_decoder(decoding), [case], box)
        candidate = decoded.candidate
        if size_mm is None:
            return candidate
        (execution,) = box.run([candidate.code])
        if execution.solid is None:
            told = f"{execution.status}: {execution.error}"
            raise SizeError(f"the program gives no solid that could have a size ({told}); try decoding='refine'")
        code = candidate.code
        return replace(candidate, code=sized(code, fold_of(code), execution.solid, size_mm, box).code)
