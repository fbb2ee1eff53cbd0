"""What a child of the zygote does: enter the cage, do its work, answer in frames.

A frame is a kind (16 bytes), a length (8 bytes, little endian) and that many bytes. A job is a message of 8 bytes, the
length of its input, with a descriptor of a file in memory that holds it.
"""

import os
import socket
from collections.abc import Callable
from typing import NoReturn

from cage import LINE, Cage, Limits
from reason import reason

Work = Callable[[bytes], bytes]

# What an exception's own `status` may say; nothing else that a program raises names its verdict.
_STATUSES = ("forbidden", "no_solid", "invalid")


def live(cage: Cage, limits: Limits, work: Work, serves: bool, parent: int, line: int) -> NoReturn:
    """Does one job, or, when it `serves`, one after the other until the line is closed. Ends the process."""
    try:
        cage.settle(parent, line)
        jobs = socket.socket(fileno=LINE)
        data = None if serves else _receive(jobs)
        cage.enter_child(limits, serves)
        if data is not None:
            _answer(*_attempt(work, data))
        while serves and (data := _receive(jobs)) is not None:
            _answer(*_attempt(work, data))
        os._exit(0)
    finally:  # whatever a program raised must not climb into the zygote's own loop
        os._exit(70)


def _receive(jobs: socket.socket) -> bytes | None:
    message, descriptors, _, _ = socket.recv_fds(jobs, 8, 1)
    if not message:
        return None
    size, data = int.from_bytes(message, "little"), b""
    while len(data) < size and (piece := os.pread(descriptors[0], size - len(data), len(data))):
        data += piece
    os.close(descriptors[0])
    return data


def _answer(kind: str, payload: bytes) -> None:
    left = memoryview(kind.ljust(16).encode() + len(payload).to_bytes(8, "little") + payload)
    while left:
        left = left[os.write(LINE, left) :]


def _attempt(work: Work, data: bytes) -> tuple[str, bytes]:
    try:
        return "ok", work(data)
    except SyntaxError as error:
        return "syntax", _text(error) + _place(error)
    except MemoryError as error:
        return "memory", _text(error)
    except BaseException as error:
        if type(error).__name__ in ("Standard_OutOfMemory", "bad_alloc"):  # OCC has types of its own for that
            return "memory", _text(error)
        status = getattr(type(error), "status", None)
        why = reason(error).encode("ascii", "replace")
        told = _text(error) + (b"; " + why if why else b"")
        return status if status in _STATUSES else "error", told + _place(error)


def _text(error: BaseException) -> bytes:
    try:
        if type(error) is ModuleNotFoundError:  # a program that is right elsewhere
            return f"module {error.name} is not available in the sandbox"[:2000].encode("ascii", "replace")
        message = f"{type(error).__name__}: {error}".removesuffix(": ")
    except BaseException as broken:  # a program's exception may fail to describe itself
        message = f"{type(error).__name__} ({type(broken).__name__} in its __str__)"
    return message[:2000].encode("ascii", "replace")


def _place(error: BaseException) -> bytes:
    """NUL and the line of the program that it was raised from, where there is one."""
    try:
        line = getattr(error, "lineno", None)
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<program>":
                line = trace.tb_lineno
            trace = trace.tb_next
        return f"\0{int(line)}".encode() if line else b""
    except BaseException:  # a program's exception may have attributes of any kind
        return b""
