"""What the cage tells of programs beside their solids: how heavy one is, and what one asked of CadQuery."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cadgen.shape.verdict import Answer, Status, one_line

_LARGEST = 8 * 2**20  # bytes of JSON


@dataclass(frozen=True)
class Mass:
    """volume and area of a part, (3,) centre of mass and moments of inertia around the axes through the origin."""

    volume: float
    area: float
    centre: np.ndarray
    inertia: np.ndarray
    solids: int


@dataclass(frozen=True)
class Recording:
    """What became of a program that was recorded, as in `Execution`.

    mass: of the solid that it left; notes: the calls that it made, as `caged/record.py` writes them, and result: the
    value that it left. Both are data of a stranger.
    """

    status: Status
    error: str = ""
    line: int | None = None
    mass: Mass | None = None
    notes: list[Any] = field(default_factory=list)
    result: Any = None

    @property
    def ok(self) -> bool:
        return self.status == "ok"


def recording_of(answer: Answer) -> Recording:
    """What an answer says, of a program that was recorded or of a text that was only weighed."""
    if answer.status != "ok":
        return Recording(answer.status, one_line(answer.payload), answer.line)
    try:
        told = _read(answer.payload)
        mass = _mass(told.get("mass", told))
    except (KeyError, TypeError, ValueError, RecursionError, OverflowError) as error:
        return Recording("invalid", f"what the program did cannot be read: {one_line(str(error).encode())}")
    if not mass.volume > 0:
        return Recording("invalid", f"the volume is {mass.volume}")
    notes = told.get("notes", [])
    return Recording("ok", mass=mass, notes=notes if isinstance(notes, list) else [], result=told.get("result"))


def _read(payload: bytes) -> dict:
    if len(payload) > _LARGEST:
        raise ValueError(f"it has {len(payload)} bytes, over {_LARGEST}")
    told = json.loads(payload)
    if not isinstance(told, dict):
        raise ValueError("it is no object")
    return told


def _mass(told: dict) -> Mass:
    volume, area = float(told["volume"]), float(told["area"])
    centre, inertia = (np.array(told[name], float).reshape(3) for name in ("centre", "inertia"))
    if not all(map(math.isfinite, (volume, area, *centre, *inertia))):
        raise ValueError("its mass is not finite")
    return Mass(volume, area, centre, inertia, int(told["solids"]))
