"""What a child's end and its bytes say: `after_death` and `of_frame`, each an `Answer`. Believes neither."""

import signal
from dataclasses import dataclass, replace
from typing import Literal, cast

from cadgen.result_rule import RULES

Status = Literal["ok", "syntax", "forbidden", "error", "no_solid", "invalid", "timeout", "memory", "crash", "too_large"]

ANSWER_LIMIT = 64 * 2**20
_HEADER = 24
_LONGEST_LINE = 6  # digits of its number
_LONGEST_HEAD = 4096  # bytes that tell the names of what was taken
_TOLD = ("ok", "syntax", "forbidden", "error", "no_solid", "invalid", "memory")  # the kernel alone tells the others


@dataclass(frozen=True)
class Answer:
    """What is known of a job's end. line: that of the program in which it went wrong, as far as it says so itself."""

    status: Status
    payload: bytes
    seconds: float = 0.0
    line: int | None = None


def after_death(received: bytes | bytearray, code: int, ran_into: str, cpu_s: float) -> Answer:
    """Of a child that ended with `code` (negative: a signal). The kernel's word first, then exactly one frame.

    ran_into: the limit for which we killed it, "" where we did not; cpu_s: for which the kernel itself ends it.
    """
    if ran_into or code == -signal.SIGXCPU:
        return Answer("timeout", f"stopped after {ran_into or cpu_time(cpu_s)}".encode())
    if code == -signal.SIGSYS:
        return Answer("forbidden", b"it asked the system for what no program may do")
    if code != 0:
        return Answer("crash", f"the process ended with {_ending(code)}".encode())
    if len(received) > ANSWER_LIMIT:
        return too_large()
    if frame_length(received) != len(received):
        return Answer("crash", b"the process ended without a result")
    return of_frame(received)


def cpu_time(seconds: float) -> str:
    return f"{seconds:g} s of CPU time"


def wall_clock(seconds: float) -> str:
    return f"{seconds:g} s wall clock"


def frame_length(received: bytes | bytearray) -> int:
    """Bytes of the frame that `received` begins with, all of them there or not; 0: it cannot be told yet."""
    if len(received) < _HEADER:
        return 0
    return _HEADER + int.from_bytes(received[16:_HEADER], "little")


def of_frame(frame: bytes | bytearray) -> Answer:
    kind = bytes(frame[:16]).decode("ascii", "replace").strip()
    if kind not in _TOLD:
        return Answer("crash", b"the process ended without a result")
    payload = bytes(frame[_HEADER:])
    if kind == "ok":
        return Answer("ok", payload)
    text, _, line = payload.rpartition(b"\0")
    if not line.isdigit() or len(line) > _LONGEST_LINE:
        return Answer(cast(Status, kind), payload)
    return Answer(cast(Status, kind), text, line=int(line))


def of_program(answer: Answer) -> tuple[str, str, Answer]:
    """(rule, name, answer): by which rule of `cadgen.result_rule` a program's child says that it took which variable
    for the result; the answer then holds the geometry alone."""
    if answer.status != "ok":
        return "", "", answer
    head, _, geometry = answer.payload[:_LONGEST_HEAD].partition(b"\n")
    rule, _, name = one_line(head).partition(" ")
    if rule not in RULES or not geometry:
        return "", "", replace(answer, status="crash", payload=b"the process ended without a result")
    return rule, name, replace(answer, payload=answer.payload[len(head) + 1 :])


def too_large() -> Answer:
    return Answer("too_large", f"the answer is over {ANSWER_LIMIT} bytes".encode())


def one_line(payload: bytes) -> str:
    """Printable ASCII, for logs and tables."""
    text = payload[:500].decode("ascii", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    known = -code in set(signal.Signals)  # most real-time signals have no name
    return signal.Signals(-code).name if known else f"signal {-code}"
