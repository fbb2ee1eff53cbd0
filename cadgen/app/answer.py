"""What is told of a program, as plain data for the page: its solid, its likeness to the pictures, its numbers."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from cadgen.app.laid_over import laid_over
from cadgen.app.shelf import Part
from cadgen.app.slider import Fixed, program_of, sliders
from cadgen.decode import Candidate
from cadgen.decode.confidence import known
from cadgen.decode.viewpoint import views
from cadgen.refine.view import View, framed, likeness, look_of, target_of
from cadgen.report.page.assets import webp
from cadgen.report.page.scene import scene
from cadgen.shape import Camera, Execution, Solid

_LONGEST = 600  # characters of an error
_SURE = 0.95


def failed(code: str, execution: Execution) -> dict:
    """Of a program that leaves no solid."""
    return {"code": code, "status": execution.status, "error": execution.error[:_LONGEST], "line": execution.line}


def answer_of(code: str, solid: Solid, part: Part, found: Sequence[tuple[float, View]]) -> dict:
    """Of a program and its solid. found: for each picture the likeness, and the view that shows it so."""
    answer = {"code": code, "status": "ok", "extents": np.ptp(solid.bounds, axis=0).tolist(), "valid": solid.valid}
    answer["bodies"], answer["volume"] = int(solid.triangle_body.max()) + 1, solid.volume
    try:
        answer["scene"] = scene(solid, None)
    except ValueError as reason:
        answer["why_no_scene"] = str(reason)[:_LONGEST]
    answer["likeness"] = sum(alike for alike, _ in found) / len(found)
    answer["pictures"] = [
        {
            "laid_over": webp(Image.fromarray(laid_over(picture, target_of(shot.seen), look_of(solid, view)))),
            "likeness": alike,
            "camera": _camera(view.camera),
        }
        for picture, shot, (alike, view) in zip(part.framed, part.case.shots, found, strict=True)
    ]
    return answer


def with_sliders(answer: dict) -> dict:
    """The same, with the numbers of its program, or why they cannot be moved."""
    try:
        return answer | {"sliders": sliders(program_of(answer["code"]))}
    except Fixed as reason:
        return answer | {"why_no_sliders": str(reason)}


def with_confidence_of(candidate: Candidate, answer: dict) -> dict:
    """The same, with how sure the candidate is, in words."""
    confidence = candidate.confidence
    if confidence is None:
        return answer
    word = "sure" if confidence >= _SURE else "likely" if confidence >= known().threshold else "doubtful"
    return answer | {"confidence": confidence, "word": word, "reason": candidate.reason}


def searched(solid: Solid, part: Part, cameras: tuple[Camera, ...]) -> list[tuple[float, View]]:
    """How the pictures show the solid best, from about these cameras; from wherever it may be without any."""
    return views(solid, part.case.shots, tuple(target_of(shot.seen) for shot in part.case.shots), cameras)


def as_before(solid: Solid, start: Solid, part: Part) -> list[tuple[float, View]]:
    """How the pictures show the solid in the frame that `start` was put into, from the cameras of the last answer.

    So what is not moved stays where it is.
    """
    found = []
    for shot, camera in zip(part.case.shots, part.cameras, strict=True):
        target = target_of(shot.seen)
        view = framed(start, camera, target)
        found.append((likeness(target, look_of(solid, view)), view))
    return found


def _camera(camera: Camera) -> str:
    told = f"azimuth {round(camera.azimuth)}°, elevation {round(camera.elevation)}°"
    if round(camera.roll):
        told += f", rolled by {round(camera.roll)}°"
    return told + (f", perspective {camera.perspective:.2g}" if camera.perspective else "")
