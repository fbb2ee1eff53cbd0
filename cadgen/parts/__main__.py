"""python -m cadgen.parts --n 1000 --seed 0 --out DIR: a dataset of generated parts.

Run it again to go on after a kill, with a larger --n to make it larger, or to have damaged shards made again.
"""

import argparse
import math
import os
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path

from cadgen.interrupt import run_command
from cadgen.parts.folder import SIZE, write_parts
from cadgen.paths import writing
from cadgen.shape import SandboxUnavailable

_EXAMPLES = """examples:
  python -m cadgen.parts --n 1000 --seed 0 --out parts
  python -m cadgen.parts --n 200 --size 224 --family slab --family revolve=3 --out parts
"""


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.parts",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--n", type=int, required=True, help="number of parts")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same parts")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--size", type=int, default=SIZE, help="pixels of a picture's side")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes that draw")
    parser.add_argument(
        "--family",
        action="append",
        metavar="NAME[=WEIGHT]",
        help="draw only the families named so, by weight (1 if none is given); all of sketch and extrude by default",
    )
    return parser


def main() -> int:
    arguments = parser().parse_args()
    try:
        families = dict(map(_weight, arguments.family)) if arguments.family else None
        with writing(arguments.out):
            write_parts(arguments.out, arguments.n, arguments.seed, arguments.workers, arguments.size, families)
    except (ValueError, SandboxUnavailable) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenExecutor:
        print("error: a process that draws was ended, as when memory is short; run the command again", file=sys.stderr)
        return 2
    print(f"{arguments.n} parts in {arguments.out}, described in README.md, the first ones in contact_sheet.png")
    return 0


def _weight(text: str) -> tuple[str, float]:
    name, _, weight = text.partition("=")
    try:
        number = float(weight or 1)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"--family {text}: {weight} is no weight; give a number from 0 on, as in --family slab=2")
    return name, number


if __name__ == "__main__":
    run_command(main)
