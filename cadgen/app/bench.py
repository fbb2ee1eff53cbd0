"""The one model, the decoders and the sandboxes that all visitors share: from pictures to answers.

Each kind of work has a thread and a sandbox of its own, so that none waits for a longer one: first answers, refined
answers, and programs that people have edited. Numbers that are moved need neither, nor do pictures that are read.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeVar

from torch import Tensor

from cadgen.app.answer import answer_of, as_before, failed, searched, with_confidence_of, with_sliders
from cadgen.app.example import EXAMPLES, picture_of
from cadgen.app.laid_over import framed
from cadgen.app.shelf import Part, Told
from cadgen.app.slider import moved, program_of
from cadgen.decode import Candidate, Decoder, Offers, Refine, decode
from cadgen.decode.solids import built
from cadgen.eval.case import case_of
from cadgen.interrupt import was_asked_to_end
from cadgen.label import shown
from cadgen.model import Gate, Network
from cadgen.picture import Picture, PictureError, read, see
from cadgen.shape import NAMED, Execution, Sandbox
from cadgen.shape.sandbox import Profile

T = TypeVar("T")

MOST_WAITING = 12
"""Parts that wait for an answer; another one is refused until one is made."""
_BUDGET_S = 30.0  # of the search for a refined answer
_DRAWING = 2  # threads that draw what is moved


class Busy(ValueError):
    """Too many parts wait."""


@dataclass
class _Kind:
    """A kind of work: its thread and its sandbox."""

    profile: Profile
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def __post_init__(self) -> None:
        self.box = Sandbox(workers=1, profile=self.profile)

    def do(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        return self.thread.submit(work, *arguments)

    def close(self) -> None:
        self.thread.shutdown(cancel_futures=True)
        self.box.close()


class Bench:
    """Works for all visitors. first, better: the decoders of the answer that is told first, and of the one after it."""

    def __init__(self, network: Network | Gate, first: Decoder, better: Decoder):
        self._network = network
        choose = replace(better.choose, budget_s=_BUDGET_S) if isinstance(better.choose, Refine) else better.choose
        lock = Lock()
        self._first = replace(first, propose=_one_at_a_time(first.propose, lock))
        self._better = replace(better, propose=_one_at_a_time(better.propose, lock), choose=choose)
        self._quick, self._long, self._edits = _Kind("interp"), _Kind("interp"), _Kind("dialect")
        self._drawing, self._reading = ThreadPoolExecutor(_DRAWING), ThreadPoolExecutor(1)
        self._waiting: dict[str, Part] = {}

    def check(self) -> None:
        """Starts a sandbox. Raises `SandboxUnavailable` where programs cannot be caged."""
        self._edits.do(self._edits.box.run, []).result()

    def warm(self) -> None:
        """Draws the examples and works on one: the first visitor does not wait for what is compiled and loaded once."""
        name, *others = EXAMPLES
        for other in others:
            self._drawing.submit(picture_of, other)
        self.take(self.read([(picture_of(name), name, None)]).result())

    def close(self) -> None:
        for kind in (self._quick, self._long, self._edits):
            kind.close()
        for threads in (self._drawing, self._reading):
            threads.shutdown(cancel_futures=True)

    def read(self, files: Sequence[tuple[bytes, str, str | None]]) -> "Future[Part]":
        """A part of pictures: bytes, name and view of each, None where that is open. Raises `PictureError`."""
        return self._reading.submit(self._read, files)

    def take(self, part: Part) -> None:
        """Has answers made for it, which `part.told` then has. Raises `Busy`."""
        if len(self._waiting) >= MOST_WAITING:
            raise Busy("too many parts wait here already; try again in a minute")
        self._waiting[part.id] = part
        self._quick.do(self._answer_first, part)

    def ahead(self, part: Part) -> int:
        """How many parts are worked on before it."""
        waiting = list(self._waiting)
        return waiting.index(part.id) if part.id in waiting else 0

    def run(self, part: Part, code: str) -> Future[dict]:
        """What is told of a program that somebody wrote, once it is executed."""
        return self._edits.do(self._run, part, code)

    def move(self, part: Part, code: str, by: dict[tuple[int, int], int]) -> Future[dict]:
        """What is told of a program whose numbers are moved. Raises `Fixed`."""
        return self._drawing.submit(self._move, part, code, by)

    def file(self, code: str, make: Callable[[Execution, Sandbox], bytes]) -> Future[bytes]:
        """What `make` makes of a program's solid. Raises `ValueError` where there is none."""
        return self._edits.do(self._file, code, make)

    def _read(self, files: Sequence[tuple[bytes, str, str | None]]) -> Part:
        pictures: list[Picture] = []
        for content, name, _ in files:
            picture = read(content, name)
            try:
                see(picture)
            except PictureError as error:
                raise PictureError(f"{name}: {error}") from None
            pictures.append(picture)
        cameras = [NAMED[view] if view else None for _, _, view in files]
        case = case_of("part", pictures, self._network.sight, cameras=cameras)
        return Part(case, tuple(framed(*pair) for pair in zip(pictures, case.seen, strict=True)))

    def _answer_first(self, part: Part) -> None:
        if self._is_left(part):
            return
        part.told = Told("first", "the network writes a first program")
        if self._attempt(part, self._first, self._quick.box, "refining", "a liker program is searched for"):
            self._long.do(self._answer_better, part)

    def _answer_better(self, part: Part) -> None:
        if not self._is_left(part):
            self._attempt(part, self._better, self._long.box, "done", "")
            self._waiting.pop(part.id, None)

    def _is_left(self, part: Part) -> bool:
        if part.is_abandoned:
            self._waiting.pop(part.id, None)
            part.told = replace(part.told, stage="failed", told="nobody waited for it any more; start again")
        return part.is_abandoned

    def _attempt(self, part: Part, decoder: Decoder, box: Sandbox, stage: str, told: str) -> bool:
        """Whether there was an answer, also of no solid; whatever goes wrong is told, and ends no thread."""
        try:
            (decoded,) = decode(self._network, decoder, [part.case], box)
            answer = self._answer(part, decoded.candidate, box)
        except Exception as error:
            if was_asked_to_end(error):
                raise
            self._waiting.pop(part.id, None)
            reason = shown(str(error))[:300] or type(error).__name__
            part.told = replace(part.told, stage="failed", told=f"it went wrong: {reason}; try another picture")
            return False
        part.told = Told(stage, told, answer, part.told.version + 1)
        return True

    def _answer(self, part: Part, candidate: Candidate, box: Sandbox) -> dict:
        solid = built(candidate.code)
        if solid is None:
            (execution,) = box.run([candidate.code])
            if execution.solid is None:
                return with_confidence_of(candidate, failed(candidate.code, execution))
            solid = execution.solid
        found = searched(solid, part, candidate.cameras)
        part.cameras = tuple(view.camera for _, view in found)
        return with_confidence_of(candidate, with_sliders(answer_of(candidate.code, solid, part, found)))

    def _run(self, part: Part, code: str) -> dict:
        (execution,) = self._edits.box.run([code])
        if execution.solid is None:
            return failed(code, execution)
        found = searched(execution.solid, part, part.cameras)
        return with_sliders(answer_of(code, execution.solid, part, found))

    def _move(self, part: Part, code: str, by: dict[tuple[int, int], int]) -> dict:
        there = moved(program_of(code), by)
        start, solid = built(code), built(there)
        if solid is None:
            return self._edits.do(self._run, part, there).result()
        found = as_before(solid, start, part) if start and part.cameras else searched(solid, part, part.cameras)
        return answer_of(there, solid, part, found)

    def _file(self, code: str, make: Callable[[Execution, Sandbox], bytes]) -> bytes:
        (execution,) = self._edits.box.run([code])
        if execution.solid is None:
            raise ValueError(f"the program leaves no solid: {execution.status}: {execution.error}")
        return make(execution, self._edits.box)


def _one_at_a_time(propose: Callable[[Network, Tensor], Offers], lock: Lock) -> Callable[[Network, Tensor], Offers]:
    """The same proposer, which waits while the network writes for another part."""

    def proposed(network: Network, image_BCHW: Tensor) -> Offers:
        with lock:
            return propose(network, image_BCHW)

    return proposed
