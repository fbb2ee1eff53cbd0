"""Runs programs nobody vouches for, each in a caged child, and tells what became of each as a value.

A child is a fork of a warmed zygote (`caged/zygote.py`), which was itself started by exec: nothing of the caller (CUDA
context, tokens, ground truth) is in its memory. It answers with geometry bytes; a child that never ran a program
measures them. Nothing that comes back is unpickled.

Promised, once the self-test at the start has seen the kernel refuse it: a program cannot open, create, change, delete
or look at a file, use the network or another process's memory, start or signal a process, outlive its limits of time
and memory, or affect another program's result. A hang, a crash or a memory bomb costs that program's result and nothing
else.

A program that ended by itself is not run again: asked for once more, the sandbox answers what it answered then.

Not promised: the kernel's own faults, side channels (the clocks tell how much CPU time another process has used), use
of the CPU within the limits, that a program cannot use for data what it unmaps of the warmed interpreter, and that
broken geometry cannot exploit the CAD kernel's reader and so spoil the measures of the few programs that share a
measuring child.

A program finds NumPy, the commoner half of SciPy and the small modules of the standard library; one that imports what
is not there is told so. All fonts are one (`caged/font.py`), and what is shown or exported is kept as the result and
written nowhere (`caged/showing.py`).
"""

import json
import math
import os
import platform
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import trimesh
from rich.console import Console
from rich.progress import track
from trimesh.exchange.stl import export_stl

from cadgen.shape.dispatch import Dispatch, Job
from cadgen.shape.execution import Execution, Memory
from cadgen.shape.recording import Recording, recording_of
from cadgen.shape.solid import Solid, decode
from cadgen.shape.verdict import Answer, of_program, one_line
from cadgen.shape.zygote import SandboxUnavailable, Zygote

Profile = Literal["interp", "dialect", "open"]

PROFILES = ("interp", "dialect", "open")
_LAYERS = {
    "full": ("privileges", "descriptors", "limits", "landlock", "seccomp"),
    "none": ("descriptors", "limits"),
}
_REQUIRED = {"full": _LAYERS["full"], "none": ()}
_CODE_LIMIT = 64 * 2**10
STEP_LIMIT = 16 * 2**20  # bytes of a STEP file; what is longer is not read


class Sandbox:
    """`with Sandbox(workers=2) as box: box.run([code, ...])`. Not for use from several threads at once.

    workers: programs that run at the same time; timeout_s: CPU seconds of one program, and a third of the wall-clock
    seconds it may take (a busy machine must not fail a good program); memory_mb: what one program may allocate beyond
    the warmed interpreter.
    profile: "open" executes any Python; "dialect" executes modelling scripts without a way to anything else; "interp"
    follows the canonical dialect without executing Python, at half the cost.
    rule: what of a program's values is its result, see `cadgen.result_rule`: "cadgen" for ours, "takehome" for that of
    the take-home evaluation, which takes the first variable, solid or not, and the first of several bodies.
    isolation: "none" leaves only the limits of time and memory, for machines where the cage cannot be had.
    Raises `SandboxUnavailable` when the self-test finds a layer that does not hold.
    """

    def __init__(
        self,
        workers: int = 2,
        timeout_s: float = 5.0,
        memory_mb: int = 2048,
        profile: Profile = "open",
        isolation: Literal["full", "none"] = "full",
        rule: Literal["cadgen", "takehome"] = "cadgen",
    ):
        _refuse_unknown(profile)
        if rule not in ("cadgen", "takehome"):
            raise ValueError(f"rule={rule!r} is unknown; choose cadgen or takehome")
        if isolation not in _LAYERS:
            raise ValueError(f"isolation={isolation!r} is unknown; choose full or none")
        if workers < 1 or not 0 < timeout_s < math.inf or memory_mb < 1:
            raise ValueError(f"workers={workers}, timeout_s={timeout_s}, memory_mb={memory_mb}: all must be positive")
        self.workers, self.timeout_s, self.memory_mb = workers, timeout_s, memory_mb
        self.profile, self.isolation, self.rule = profile, isolation, rule
        self._zygote: Zygote | None = None
        self._busy = False
        self._memory = Memory()

    def __enter__(self) -> "Sandbox":
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, codes: Sequence[str], progress: str | None = None, profile: Profile | None = None) -> list[Execution]:
        """One `Execution` a program, in the order given.

        progress: the label of a progress bar on stderr, where that is a terminal; profile: for these programs instead
        of the sandbox's own.
        """
        results = self.stream(codes, profile)
        console = Console(stderr=True)
        is_quiet = progress is None or not console.is_terminal
        shown = track(results, progress or "", len(codes), console=console, transient=True, disable=is_quiet)
        found = dict(shown)
        return [found[index] for index in range(len(codes))]

    def stream(self, codes: Sequence[str], profile: Profile | None = None) -> Iterator[tuple[int, Execution]]:
        """(index, Execution) as the programs end. Equal programs are executed once, also those of earlier calls."""
        profile = profile or self.profile
        _refuse_unknown(profile)
        self._start()
        indices: dict[bytes, list[int]] = {}
        for index, code in enumerate(codes):
            indices.setdefault(code.encode("utf-8", "replace"), []).append(index)
        known = {source: execution for source in indices if (execution := self._memory.get(source, profile))}
        for source, execution in known.items():
            yield from ((index, execution) for index in indices[source])
        unknown = [source for source in indices if source not in known]
        kind = profile if self.rule == "cadgen" else f"{profile}:{self.rule}"
        for source, execution in self._distinct(unknown, kind, _CODE_LIMIT) if unknown else ():
            named = replace(execution, profile=profile, isolation=self._isolation())
            self._memory.keep(source, named)
            yield from ((index, named) for index in indices[source])

    def forget(self) -> None:
        """Programs that were executed before are executed again when they are asked for."""
        self._memory = Memory()

    def read_steps(self, files: Sequence[bytes]) -> list[Execution]:
        """What each STEP file (its bytes) holds, in the order given: its solid as that of a program."""
        self._start()
        found = dict(self._distinct(list(dict.fromkeys(files)), "read_step", STEP_LIMIT))
        return [replace(found[file], isolation=self._isolation()) for file in files]

    def record(self, codes: Sequence[str]) -> list[Recording]:
        """What each program asked of CadQuery, and the mass of what it left, in the order given."""
        return self._told(codes, "record")

    def weigh(self, texts: Sequence[str]) -> list[Recording]:
        """The mass of what each text leaves, which is followed as the profile "interp" does; no notes are taken."""
        return self._told(texts, "mass")

    def _told(self, codes: Sequence[str], kind: str) -> list[Recording]:
        self._start()
        told: dict[bytes, Recording] = {}
        queue: deque[Job] = deque()
        sources = [code.encode("utf-8", "replace") for code in codes]
        distinct = list(dict.fromkeys(sources))
        for number, source in enumerate(distinct):
            if len(source) > _CODE_LIMIT:
                told[source] = Recording(
                    "too_large", f"the input has {len(source)} bytes, over the limit of {_CODE_LIMIT}"
                )
            else:
                queue.append(Job(kind, source, number))
        for job, answer in self._work(queue):
            told[distinct[job.index]] = recording_of(answer)
        return [told[source] for source in sources]

    def _distinct(self, sources: Sequence[bytes], kind: str, limit: int) -> Iterator[tuple[bytes, Execution]]:
        """Runs each program or reads each file, then has the solid it leaves measured."""
        queue: deque[Job] = deque()
        for number, source in enumerate(sources):
            if len(source) > limit:
                reason = f"the input has {len(source)} bytes, over the limit of {limit}"
                yield source, Execution("too_large", reason)
            else:
                queue.append(Job(kind, source, number))
        ran: dict[int, Execution] = {}
        for job, answer in self._work(queue):
            if job.kind == kind:
                rule, name, answer = of_program(answer) if kind != "read_step" else ("", "", answer)
                ran[job.index] = Execution(answer.status, "", answer.seconds, rule=rule, name=name)
                if answer.status == "ok":
                    queue.appendleft(Job("measure", answer.payload, job.index))
                    continue
            yield sources[job.index], _finished(job, answer, ran[job.index])

    def export(self, solid: Solid, kind: Literal["step", "stl"]) -> bytes:
        """The solid as a STEP or STL file's bytes. Raises `RuntimeError` when the kernel cannot write it."""
        if kind == "stl":
            return export_stl(trimesh.Trimesh(solid.vertices, solid.triangles, process=False))
        return self._of_solid(kind, solid.brep)

    def extents(self, solid: Solid) -> tuple[float, float, float]:
        """The lengths of the box around the solid along x, y and z: of its surfaces, where a mesh may fall short.

        Raises `RuntimeError` when the kernel cannot tell them.
        """
        told = self._of_solid("extents", solid.brep)
        try:
            x, y, z = map(float, json.loads(told))
        except (RecursionError, TypeError, ValueError):
            raise RuntimeError(f"the kernel told no extents: {one_line(told)}") from None
        if not all(0 < length < math.inf for length in (x, y, z)):
            raise RuntimeError(f"extents of {x:g}, {y:g} and {z:g} cannot be")
        return x, y, z

    def _of_solid(self, kind: str, told: bytes) -> bytes:
        """What the kernel makes of the solid that it is told. Raises `RuntimeError` where it cannot."""
        ((_, answer),) = self._work(deque([Job(kind, told, 0)]))
        if answer.status != "ok":
            raise RuntimeError(f"{kind} of the solid ended with {answer.status}: {one_line(answer.payload)}")
        return answer.payload

    def describe(self) -> str:
        """Profile, layers and kernel, for people."""
        facts = self._start().facts
        landlock = f"Landlock {facts['landlock']}" if facts["landlock"] else "no Landlock"
        layers = ", ".join(_LAYERS[self.isolation]).replace("landlock", landlock)
        return (
            f"profile {self.profile}, isolation {self._isolation()} ({layers}; uid {facts['uid']}), {facts['kernel']}"
        )

    def close(self) -> None:
        """Ends the zygote and its children. The sandbox can be used again: it starts another."""
        if self._zygote is not None:
            zygote, self._zygote = self._zygote, None
            if zygote.owner == os.getpid():
                zygote.close()
            else:
                zygote.forget()

    def _start(self) -> Zygote:
        if self._zygote is not None and self._zygote.owner != os.getpid():
            self.close()  # this process is a fork, of a DataLoader say, and needs a zygote of its own
            self._busy = False
        if self._zygote is None:
            zygote = Zygote(_LAYERS[self.isolation])
            open_layers = {layer: zygote.let_through[layer] for layer in _REQUIRED[self.isolation]}
            holes = [f"{layer}: a program could {', '.join(names)}" for layer, names in open_layers.items() if names]
            if holes:
                zygote.close()
                raise SandboxUnavailable(
                    f"the self-test failed ({'; '.join(holes)}); use Linux on x86_64 (this is {platform.system()} on "
                    f"{platform.machine()}) with seccomp (in a container, its default profile will do), or "
                    "isolation='none' for programs that you trust"
                )
            self._zygote = zygote
        return self._zygote

    def _isolation(self) -> str:
        landlock = self._zygote is None or self._zygote.facts["landlock"]
        return self.isolation if self.isolation == "none" or landlock else f"{self.isolation}-noll"

    def _work(self, queue: deque[Job]) -> Iterator[tuple[Job, Answer]]:
        if self._busy:
            raise RuntimeError("the sandbox is in the middle of a stream; end that first, or open another sandbox")
        self._start()
        self._busy = True
        try:
            yield from Dispatch(self._start, self.close, self.workers, self.timeout_s, self.memory_mb).work(queue)
        finally:
            self._busy = False


def _refuse_unknown(profile: str) -> None:
    if profile not in PROFILES:
        raise ValueError(f"profile={profile!r} is unknown; the profiles are {', '.join(PROFILES)}")


def _finished(job: Job, answer: Answer, ran: Execution) -> Execution:
    """ran: the program's own end; the answer is of its measuring, where it had one."""
    if answer.status != "ok":
        error = one_line(answer.payload)
        if job.kind == "measure" and answer.status != "invalid":
            error = f"while its solid was measured: {error}"
        return replace(ran, status=answer.status, error=error, line=answer.line)
    try:
        return replace(ran, solid=decode(answer.payload, job.payload))
    except ValueError as error:
        return replace(ran, status="invalid", error=one_line(str(error).encode()))
