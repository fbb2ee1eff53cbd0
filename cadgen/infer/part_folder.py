"""What is written and told of a part: its folder, a line, a JSON object."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from cadgen.decode import Candidate
from cadgen.label import shown
from cadgen.picture import PictureError
from cadgen.shape import Camera, Execution, Sandbox
from cadgen.size import BY_LINE, Sized, SizeError, fold_of, sized


@dataclass(frozen=True)
class Made:
    """A part as it is written: its program, in millimetres where that leaves a solid, and what became of it.

    sized: the program as long as asked, None where there is no solid.
    """

    candidate: Candidate
    execution: Execution
    sized: Sized | None = None

    @property
    def told(self) -> str:
        """What came out, in a few words."""
        found = [self.sized.extents if self.sized else f"no solid: {self.execution.status}"]
        found += [BY_LINE] if self.sized and self.sized.by_line else []
        if self.candidate.likeness is not None:
            found.append(f"likeness {self.candidate.likeness:.2f}")
        if self.candidate.confidence is not None:
            found.append(f"confidence {self.candidate.confidence:.2f}")
        return ", ".join(found)


def made(candidate: Candidate, size_mm: float, box: Sandbox) -> Made:
    """The candidate as long as asked. One that cannot be so is as one that leaves no solid, with the reason."""
    (execution,) = box.run([candidate.code])
    if execution.solid is None:
        return Made(candidate, execution)
    try:
        found = sized(candidate.code, fold_of(candidate.code), execution.solid, size_mm, box)
    except (SizeError, RuntimeError) as error:
        return Made(candidate, replace(execution, status="error", error=str(error), solid=None))
    return Made(replace(candidate, code=found.code), found.execution, found)


def write_part(folder: Path, part: Made, preview: np.ndarray | None, box: Sandbox) -> dict[str, Path]:
    """Fills `folder`, whole or not at all; the files by what they hold."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    files = {"program": "part.py"}
    content = {"part.py": (_comments(part) + part.candidate.code).encode()}
    if part.execution.solid is not None:
        files |= {"step": "part.step", "stl": "part.stl"}
        content["part.step"] = box.export(part.execution.solid, "step")
        content["part.stl"] = box.export(part.execution.solid, "stl")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".draft.") as draft:
        for name, data in content.items():
            (Path(draft) / name).write_bytes(data)
        if preview is not None:
            files["preview"] = "preview.png"
            Image.fromarray(preview).save(Path(draft) / "preview.png")
        folder.mkdir(exist_ok=True)
        for path in Path(draft).iterdir():
            path.replace(folder / path.name)
    return {kind: folder / name for kind, name in files.items()}


def told_cameras(cameras: Sequence[Camera]) -> str:
    """Where each picture was found to be taken from; nothing where nobody looked."""
    told = [
        f"azimuth {round(camera.azimuth)}, elevation {round(camera.elevation)}, perspective {camera.perspective:.2g}"
        for camera in cameras
    ]
    return f"; seen from {'; from '.join(told)}" if told else ""


def told_json(name: str, pictures: Sequence[Path], part: Made, files: dict[str, Path]) -> str:
    """One line of JSON."""
    candidate, execution = part.candidate, part.execution
    return json.dumps(
        {
            "id": name,
            "pictures": list(map(str, pictures)),
            "files": {kind: str(path) for kind, path in files.items()},
            "code": candidate.code,
            "status": execution.status,
            "error": execution.error,
            "confidence": candidate.confidence,
            "reason": candidate.reason,
            "likeness": candidate.likeness,
            "extents_mm": part.sized and part.sized.extents_mm,
            "scaled_by_line": bool(part.sized and part.sized.by_line),
            "cameras": [asdict(camera) for camera in candidate.cameras],
        }
    )


def told_unread(name: str, pictures: Sequence[Path], error: PictureError) -> str:
    """The same of a part with a picture that cannot be read."""
    empty = Made(Candidate("", None, 0, False), Execution("error", str(error)))
    return json.dumps(json.loads(told_json(name, pictures, empty, {})) | {"code": None, "status": "picture"})


def _comments(part: Made) -> str:
    """Lines before the program: confidence, size, and what is wrong."""
    if part.sized is None:
        return f"# This program gives no solid: {shown(f'{part.execution.status}: {part.execution.error}')}\n"
    candidate, lines = part.candidate, []
    if candidate.confidence is not None:
        lines.append(": ".join(filter(None, (f"confidence {candidate.confidence:.2f}", candidate.reason))))
    lines.append(part.sized.note)
    return "".join(f"# {shown(line)}\n" for line in lines)
