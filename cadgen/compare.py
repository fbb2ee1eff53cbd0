"""python -m cadgen.compare RUN...: one table of runs and decodings with 95% intervals, and where programs go wrong.

The first row, or the first of the decoding that --against names, is the yardstick.
"""

import argparse
from functools import partial
from pathlib import Path

from cadgen.eval.row import read_rows
from cadgen.eval.summary import summarise, without_repeats
from cadgen.interrupt import run_command
from cadgen.mistake import without_traceback
from cadgen.paths import writing
from cadgen.report.breakdown import breakdown_markdown, write_breakdown
from cadgen.report.table import markdown, write_table

_EXAMPLES = """examples:
  python -m cadgen.compare outputs/train/RUN outputs/evaluate/RUN
  python -m cadgen.compare outputs/evaluate/RUN --against greedy --out comparison
"""


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.compare",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "runs", nargs="+", type=Path, help="run folders (or rows.jsonl files); the first is the yardstick"
    )
    parser.add_argument("--against", help="the decoding that differences are taken against; default: the first line")
    parser.add_argument(
        "--out", type=Path, help="folder for table.md, .csv and .json, plot.png, breakdown.md and .json"
    )
    return parser


def main() -> int:
    return without_traceback(partial(_run, parser().parse_args()))


def _run(arguments: argparse.Namespace) -> int:
    runs = without_repeats({str(run): read_rows(run) for run in arguments.runs})
    lines = summarise(runs, arguments.against)
    if not lines:
        raise ValueError(f"{arguments.runs[0]} has no rows; name a run that was judged")
    print(markdown(lines), breakdown_markdown(runs), sep="\n", end="")
    if arguments.out:
        with writing(arguments.out):
            write_table(lines, arguments.out)
            write_breakdown(runs, arguments.out)
        print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    run_command(main)
