"""The command `cadgen`, also `python -m cadgen`: every command of the project under one name.

A command runs in this process as `python -m` would run its module, and only then are its libraries imported.
"""

import runpy
import sys

from cadgen import __version__
from cadgen.commands import COMMANDS
from cadgen.extra import tell_missing_extras
from cadgen.interrupt import end_at_once
from cadgen.label import shown


def main() -> int:
    """The exit status, of what is no command; a command ends the process with its own."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in COMMANDS:
        end_at_once()
        tell_missing_extras()
        sys.argv = [sys.argv[0], *rest]
        runpy.run_module(COMMANDS[name].module, run_name="__main__", alter_sys=True)
        return 0
    if name in ("-h", "--help"):
        print(_overview())
        return 0
    if name == "--version":
        print(f"cadgen {__version__}")
        return 0
    print(f"error: {_unknown(name)}", file=sys.stderr)
    return 2


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {command.line}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: cadgen COMMAND ...",
            "",
            "One picture of a mechanical part in, the CadQuery program that builds it out.",
            "",
            *lines,
            "",
            "cadgen COMMAND --help tells of each; cadgen --version",
        ]
    )


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=3, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{shown(name)} is no command of cadgen; {meant}cadgen --help lists them"


if __name__ == "__main__":
    sys.exit(main())
