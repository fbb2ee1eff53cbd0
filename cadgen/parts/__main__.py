"""python -m cadgen.parts --n 1000 --seed 0 --out DIR: a folder of generated parts.

Run it again to go on after a kill.
"""

import argparse
import sys
from pathlib import Path

from cadgen.parts.folder import write_contact_sheet, write_parts


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cadgen.parts", description=__doc__)
    parser.add_argument("--n", type=int, required=True, help="number of parts")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same parts")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill")
    parser.add_argument("--workers", type=int, default=2, help="programs executed at the same time")
    arguments = parser.parse_args()
    try:
        write_parts(arguments.out, arguments.n, arguments.seed, arguments.workers)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.n} parts in {arguments.out}, a sample in {write_contact_sheet(arguments.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
