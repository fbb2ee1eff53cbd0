"""What is kept of a part that somebody asked for, and for how long: `Part`, `Shelf`."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

import numpy as np

from cadgen.decode import Case
from cadgen.shape import Camera

MOST = 40
"""Parts that are kept; one more, and the one that was asked for longest ago goes."""
EXPIRY_S = 3600.0  # without a question
_ABANDONED_S = 60.0  # a page that waits asks every second


@dataclass(frozen=True)
class Told:
    """What is told of a part now. stage: "waiting", "first", "refining", "done" or "failed"; told: a line.

    answer: as `answer.answer_of` has it, None before the first; version: grows with each new answer.
    """

    stage: str
    told: str = ""
    answer: dict | None = None
    version: int = 0


@dataclass
class Part:
    """A part by its pictures. Its id is a secret: whoever knows it may see it.

    framed: (S, S, 3) uint8 for each picture, as it lies in the frame in which parts are compared with it; cameras: what
    the best answer so far found, none before. The worker replaces `told` and `cameras` as a whole; others read them.
    """

    case: Case
    framed: tuple[np.ndarray, ...]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    told: Told = Told("waiting", "waiting for its turn")
    cameras: tuple[Camera, ...] = ()
    used: float = field(default_factory=monotonic)

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody has asked for it for so long that nobody waits."""
        return monotonic() - self.used > _ABANDONED_S


class Shelf:
    """The parts by their ids, the last used, up to `most` and for `expiry_s` after the last question."""

    def __init__(self, most: int = MOST, expiry_s: float = EXPIRY_S, clock: Callable[[], float] = monotonic):
        self._most, self._expiry_s, self._clock = most, expiry_s, clock
        self._parts: OrderedDict[str, Part] = OrderedDict()
        self._lock = Lock()

    def add(self, part: Part) -> None:
        with self._lock:
            part.used = self._clock()
            self._parts[part.id] = part
            self._sweep()

    def get(self, part_id: str) -> Part | None:
        """The part, which is then kept for longer; None where it is unknown or gone."""
        with self._lock:
            self._sweep()
            part = self._parts.get(part_id)
            if part is not None:
                part.used = self._clock()
                self._parts.move_to_end(part_id)
            return part

    def __len__(self) -> int:
        with self._lock:
            self._sweep()
            return len(self._parts)

    def _sweep(self) -> None:
        while self._parts:
            oldest = next(iter(self._parts.values()))
            if len(self._parts) <= self._most and self._clock() - oldest.used <= self._expiry_s:
                return
            self._parts.popitem(last=False)
