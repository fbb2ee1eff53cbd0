"""What became of a program, and the memory of what became of programs."""

from collections import OrderedDict
from dataclasses import dataclass

from cadgen.shape.solid import Solid
from cadgen.shape.verdict import Status

_LARGEST = 256 * 2**20  # bytes of programs and solids that are remembered
_BY_ITSELF = ("ok", "syntax", "forbidden", "error", "no_solid", "invalid", "too_large")


@dataclass(frozen=True)
class Execution:
    """What became of one program: `ok` means that it left a solid of positive volume.

    error: one line for people, empty when ok; seconds: wall-clock, of the run without the measuring; profile: how the
    program was read; isolation: "full", "full-noll" where the kernel has no Landlock, or "none"; line: that of the
    program in which it went wrong, where that is known.
    rule, name: by which rule which variable was taken for the result, see `cadgen.result_rule`; a program that ended
    well says so itself.
    """

    status: Status
    error: str = ""
    seconds: float = 0.0
    solid: Solid | None = None
    profile: str = ""
    isolation: str = ""
    line: int | None = None
    rule: str = ""
    name: str = ""

    @property
    def ok(self) -> bool:
        return self.status == "ok"


class Memory:
    """Executions by program and profile, the last used, up to `_LARGEST` bytes.

    Only of programs that ended by themselves: what ran into a limit or was killed may have been the machine's fault.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, str], Execution] = OrderedDict()
        self._size = 0

    def get(self, source: bytes, profile: str) -> Execution | None:
        execution = self._known.get((source, profile))
        if execution is not None:
            self._known.move_to_end((source, profile))
        return execution

    def keep(self, source: bytes, execution: Execution) -> None:
        if execution.status not in _BY_ITSELF:
            return
        self._known[source, execution.profile] = execution
        self._size += _size(source, execution)
        while self._size > _LARGEST:
            (oldest, _), forgotten = self._known.popitem(last=False)
            self._size -= _size(oldest, forgotten)


def _size(source: bytes, execution: Execution) -> int:
    return len(source) + (execution.solid.nbytes if execution.solid else 0)
