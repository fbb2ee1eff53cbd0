"""How a command ends where its user can mend what is wrong: `without_traceback`."""

import sys
from collections.abc import Callable

from cadgen.label import shown
from cadgen.shape import SandboxUnavailable

_STATUS = 2


def without_traceback(work: Callable[[], int]) -> int:
    """The exit status that `work` returns; 2, with its error as one line on stderr, where it says what to do otherwise.

    A reader of ours that has gone is no mistake: `run_command` ends then.
    """
    try:
        return work()
    except BrokenPipeError:
        raise
    except (SandboxUnavailable, ValueError, OSError) as error:
        print(f"error: {shown(' '.join(str(error).split()))}", file=sys.stderr)
        return _STATUS
