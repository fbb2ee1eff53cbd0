"""`Dispatch`: jobs to children and back, with deadlines and second tries. Knows nothing of programs and solids."""

import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cadgen.shape.verdict import (
    ANSWER_LIMIT,
    Answer,
    after_death,
    cpu_time,
    frame_length,
    of_frame,
    too_large,
    wall_clock,
)
from cadgen.shape.zygote import Child, Zygote

_SERVED = (
    "interp",
    "mass",
    "measure",
    "extents",
    "step",
)  # kinds whose child does job after job, since it executes no Python of a program
_JOBS_A_CHILD = 64
_GRACE_S = 3.0  # how long after the order to kill a child the zygote itself is given up
_WALL_FACTOR = 3.0


@dataclass
class Job:
    """fresh: it needs a child that has done nothing yet; deaths: of zygotes while it was in flight."""

    kind: str
    payload: bytes
    index: int
    fresh: bool = False
    deaths: int = 0


class Dispatch:
    """start: the running zygote, a new one if need be; stop: ends it.

    timeout_s: CPU seconds of one job, and a third of its wall-clock seconds.
    """

    def __init__(
        self,
        start: Callable[[], Zygote],
        stop: Callable[[], None],
        workers: int,
        timeout_s: float,
        memory_mb: int,
    ):
        self._start, self._stop = start, stop
        self._workers, self._timeout_s, self._memory_mb = workers, timeout_s, memory_mb
        self._flying: dict[Child, Job] = {}

    def work(self, queue: deque[Job]) -> Iterator[tuple[Job, Answer]]:
        """Keeps `workers` jobs in flight until the queue, which the caller may extend meanwhile, is empty."""
        zygote = self._start()
        try:
            while queue or self._flying:
                zygote = self._start()
                self._fill(zygote, queue)
                try:
                    for child, answer in self._events(zygote):
                        for told in self._settle(child, answer, queue):
                            left = time.monotonic()
                            yield told
                            self._excuse(time.monotonic() - left)
                except ConnectionError:
                    yield from self._bury(queue)
        finally:  # also when the caller leaves a stream half read
            if zygote.owner == os.getpid():  # a fork of the caller drops its copy of the stream, not our children
                for child in self._flying:
                    zygote.kill(child)
                    zygote.release(child)

    def _fill(self, zygote: Zygote, queue: deque[Job]) -> None:
        # Whoever was in flight when a zygote died goes alone, so that the guilty one is known.
        while queue:
            alone = queue[0].deaths or any(job.deaths for job in self._flying.values())
            if len(self._flying) >= (1 if alone else self._workers):
                return
            job = queue.popleft()
            child = self._child_for(job, zygote)
            self._flying[child] = job
            child.send(job.payload)

    def _child_for(self, job: Job, zygote: Zygote) -> Child:
        for child in zygote.idle:
            if child.kind == job.kind and not job.fresh:
                zygote.idle.remove(child)
                return child
        return zygote.fork(job.kind, job.kind in _SERVED, self._cpu_s(job.kind), self._memory_mb)

    def _cpu_s(self, kind: str) -> int:
        """Seconds of CPU after which the kernel itself ends a child, of all its jobs together."""
        return (_JOBS_A_CHILD if kind in _SERVED else 1) * (math.ceil(self._timeout_s) + 1)

    def _events(self, zygote: Zygote) -> Iterator[tuple[Child, Answer]]:
        """What the next thing to happen ends: bytes from a child, a report of the zygote, or a deadline.

        Raises `ConnectionError` when the zygote is dead or deaf.
        """
        for key, _ in zygote.selector.select(self._wait()):
            child = key.data
            if child is None:
                continue
            if not child.receive(ANSWER_LIMIT):
                zygote.mute(child)
            if child in self._flying and child.kind in _SERVED and (answer := _complete(child)):
                yield child, answer
                self._put_back(zygote, child, answer)
        for child, code in zygote.reports():
            if child in self._flying:
                child.receive(ANSWER_LIMIT)
                yield child, after_death(child.received, code, child.ran_into, self._cpu_s(child.kind))
            zygote.release(child)
        self._kill_late(zygote)

    def _settle(self, child: Child, answer: Answer, queue: deque[Job]) -> Iterator[tuple[Job, Answer]]:
        job = self._flying.pop(child)
        if child.served and answer.status in ("crash", "memory"):  # it may be the fault of a job before
            job.fresh = True
            queue.appendleft(job)
        else:
            yield job, replace(answer, seconds=time.monotonic() - child.started)

    def _put_back(self, zygote: Zygote, child: Child, answer: Answer) -> None:
        child.served += 1
        if answer.status in ("crash", "memory", "too_large") or child.served == _JOBS_A_CHILD:
            zygote.kill(child)
            zygote.release(child)
        else:
            zygote.idle.append(child)

    def _wait(self) -> float:
        """Seconds until a child can be late at the earliest."""
        now = time.monotonic()
        waits = [60.0]
        for child in self._flying:
            if child.killed_at is not None:
                waits.append(child.killed_at + _GRACE_S - now)
            else:
                left = self._timeout_s - (child.cpu_s() - child.started_cpu)
                waits.append(min(left, child.started + _WALL_FACTOR * self._timeout_s - now))
        return max(0.001, min(waits))

    def _kill_late(self, zygote: Zygote) -> None:
        now = time.monotonic()
        for child in self._flying:
            if child.killed_at is not None:
                if now - child.killed_at > _GRACE_S:
                    raise ConnectionError("the zygote does not kill")
            elif child.cpu_s() - child.started_cpu >= self._timeout_s:
                child.ran_into = cpu_time(self._timeout_s)
                zygote.kill(child)
            elif now - child.started >= _WALL_FACTOR * self._timeout_s:
                child.ran_into = wall_clock(_WALL_FACTOR * self._timeout_s)
                zygote.kill(child)

    def _excuse(self, seconds: float) -> None:
        """Time that the caller took is no program's: none of them could hand over more than fits in its socket."""
        for child in self._flying:
            child.started += seconds
            if child.killed_at is not None:
                child.killed_at += seconds

    def _bury(self, queue: deque[Job]) -> Iterator[tuple[Job, Answer]]:
        """The zygote is dead or deaf: what was in flight gets one more try, alone."""
        self._stop()
        jobs = list(self._flying.values())
        self._flying.clear()
        for job in jobs:
            job.deaths += 1
            if job.deaths < 2:
                queue.append(job)
            else:
                yield job, Answer("crash", b"the sandbox process died under this program, twice")


def _complete(child: Child) -> Answer | None:
    """The answer of a child that goes on living, once all of it is there."""
    if len(child.received) > ANSWER_LIMIT:
        return too_large()
    length = frame_length(child.received)
    if not length or len(child.received) < length:
        return None
    return of_frame(child.received) if len(child.received) == length else Answer("crash", b"more than one answer")
