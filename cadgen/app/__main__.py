"""python -m cadgen.app: a web page on this machine, for whoever has a picture and wants a part.

It needs no internet. Programs run in the sandbox only; pictures and parts are kept in memory, for an hour, and nowhere
else. Ctrl-C ends it.
"""

import argparse
from functools import partial

from cadgen.interrupt import run_command

_EXAMPLES = """examples:
  python -m cadgen.app                       at http://127.0.0.1:8000
  python -m cadgen.app --port 0              at a port that is free
  python -m cadgen.app --host 0.0.0.0        also for other machines of the network: whoever reaches it may use it
"""


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.app",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0: one that is free (default: %(default)s)")
    return parser


def main() -> int:
    arguments = parser().parse_args()
    # Only now: --help is quick, and asks for no extra.
    from cadgen.app.serve import serve
    from cadgen.mistake import without_traceback

    return without_traceback(partial(serve, arguments.host, arguments.port))


if __name__ == "__main__":
    run_command(main)
