"""python -m cadgen.score PREDICTIONS --data DATA: scores what any model answered, as our own decodings are scored.

PREDICTIONS is a file of JSON lines (id, and code or a list `codes`; several lines of one id are several answers), or a
folder of NAME.py, NAME.step or NAME.stl, whose names are the ids. DATA says what is right: a folder with manifest.jsonl
(id, and code, step or stl), with the parquet files of GenCAD-Code, or with NAME.py, NAME.step or NAME.stl; or a file of
JSON lines. Programs and STEP files are strangers': all run in the sandbox. What is no valid solid, and what was not
answered, counts 0 in every mean.

The same command in the same folder goes on where it stopped: what was judged stays judged.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

from cadgen.claim import claim
from cadgen.data.original import Original, read_originals
from cadgen.eval.comparison import rows_beside
from cadgen.eval.journal import Journal
from cadgen.eval.prediction import Prediction, Predictions, read_predictions
from cadgen.eval.provenance import FINISHED, RUNNING, record_of, state_of_code, write_run
from cadgen.eval.row import CONSTANT, REFERENCE, Row
from cadgen.eval.scoring import MISSING, Harness, score_predictions
from cadgen.eval.truth import LeftOut
from cadgen.eval.truth_files import tell_left_out, truths_of_originals
from cadgen.interrupt import run_command
from cadgen.label import is_label, shown
from cadgen.mistake import without_traceback
from cadgen.paths import writing
from cadgen.report.scored import files_of, write_scored
from cadgen.shape import PROFILES, Sandbox
from cadgen.shape.cluster import Cluster

_EXAMPLES = """examples:
  python -m cadgen.score answers.jsonl --data gencad_test                    one program a part
  python -m cadgen.score samples.jsonl --data gencad_test --threshold 0.95   several a part: best of k, pass@k
  python -m cadgen.score steps/ --data truths/ --name mymodel                STEP or STL files against STEP files
  python -m cadgen.compare outputs/score/mymodel outputs/score/other         two of them side by side, with intervals

exit status: 0 all was judged; 1 something of the input was of no use, or not answered, which is told and counts 0;
2 nothing could be done. Needs no network library: pip install 'cadgen[score]'.
"""
_MOST_TOLD = 20
_FEW = 30  # answers that are compared before a second process has started


def main() -> int:
    return without_traceback(partial(_run, parser().parse_args()))


def _run(arguments: argparse.Namespace) -> int:
    name = arguments.name or arguments.predictions.resolve().stem
    if not is_label(name) or ":" in name or name in (CONSTANT, REFERENCE):
        raise ValueError(f"--name {name}: give 1 to 200 printable characters without a colon, not {CONSTANT}")
    if not 0 <= arguments.threshold < 1:
        raise ValueError(f"--threshold {arguments.threshold}: an IoU from 0 to 1 is needed")
    out = arguments.out or Path("outputs") / "score" / name.replace(os.sep, "_")
    originals = read_originals(arguments.data, arguments.split)
    predictions = read_predictions(arguments.predictions, {one.id for one in originals})
    settings = _settings(arguments, name, originals, predictions)
    with writing(out):
        claim(out)
    record = record_of(out)
    if record.get("status") == FINISHED:
        if _without_places(record.get("config")) != _without_places(settings):
            raise ValueError(f"{out} holds the scores of something else; choose another folder (--out), or delete it")
        print(f"{out} is finished already: {files_of(out)}")
        return int(bool(record.get("faults") or record.get("left_out") or record.get("missing")))
    with _harness(arguments, sum(map(len, predictions.answers.values()))) as harness:
        return _scored(out, name, originals, predictions, settings, harness, arguments.threshold)


def _scored(
    out: Path,
    name: str,
    originals: Sequence[Original],
    predictions: Predictions,
    settings: dict,
    harness: Harness,
    threshold: float,
) -> int:
    faults = predictions.faults
    _tell(faults.lines, faults.num)
    judged_by = {one: value for one, value in _without_places(settings).items() if one != "threshold"}
    with writing(out):
        journal = Journal(out, judged_by | {"code": state_of_code()})
        write_run(out, settings, status=RUNNING)
    truths, left_out = truths_of_originals(originals, harness.box, "truths")
    tell_left_out(left_out)
    if not truths:
        raise ValueError(f"none of {len(originals)} parts can be judged by; see above what is at fault with each")
    judged = score_predictions(name, predictions.answers, truths, harness, journal)
    beside = rows_beside(truths, harness.box, harness.workers)
    missing = sorted({row.id for row in judged.rows if row.status == MISSING})
    _tell([f"{case_id}: there is no prediction; it counts 0" for case_id in missing], len(missing))
    with writing(out):
        told = write_scored(beside, judged, truths, out, threshold, harness.box)
        facts = {"faults": faults.lines, "missing": len(missing), "left_out": [asdict(one) for one in left_out]}
        write_run(out, settings, status=FINISHED, **facts)
        journal.end()
    print(told, end="")
    _tell_numbers(predictions, left_out, len(truths))
    if mended := sum(_is_mended(row, predictions) for row in judged.candidates or judged.rows):
        print(f"{mended} programs count as they were repaired")
    print(f"'{CONSTANT}' answers one box to every part. In {out}: {files_of(out)}")
    return int(bool(faults.num or missing or left_out))


def _tell_numbers(predictions: Predictions, left_out: Sequence[LeftOut], num: int) -> None:
    counts = [len(answers) for answers in predictions.answers.values()]
    if max(counts) > 1:
        print(f"{min(counts)} to {max(counts)} answers a part: the first is scored, :oracle is the best of all")
    if left_out:
        print(f"{len(left_out)} of {len(left_out) + num} parts are left out: their truth leaves no solid")


def _is_mended(row: Row, predictions: Predictions) -> bool:
    return bool(row.code) and all(row.code != one.code for one in predictions.answers.get(row.id, ()))


def _tell(lines: Sequence[str], num: int) -> None:
    """What is wrong with the input, on stderr, some of it."""
    for line in lines[:_MOST_TOLD]:
        print(f"warning: {shown(line)}", file=sys.stderr)
    if num > _MOST_TOLD:
        print(f"warning: {num - _MOST_TOLD} more of that kind", file=sys.stderr)


@contextmanager
def _harness(arguments: argparse.Namespace, num: int) -> Iterator[Harness]:
    """num: answers to be judged."""
    limits = {"timeout_s": arguments.timeout, "memory_mb": arguments.memory, "profile": arguments.profile}
    workers = arguments.workers if num > _FEW else 1
    with Sandbox(arguments.workers, **limits) as box:
        if arguments.ray is None:
            yield Harness(box.run, box, workers, arguments.repair)
            return
        try:
            cluster = Cluster(arguments.ray, workers=arguments.workers, **limits)
        except RuntimeError as error:  # no Ray
            raise ValueError(str(error)) from None
        with cluster:
            yield Harness(cluster.run, box, workers, arguments.repair)


def _settings(
    arguments: argparse.Namespace, name: str, originals: Sequence[Original], predictions: Predictions
) -> dict:
    """What the scores follow from, wherever and by however many they are computed."""
    answers = hashlib.sha256(repr(predictions.faults).encode(errors="replace"))
    for case_id, some in predictions.answers.items():
        answers.update(repr((case_id, [_told(one) for one in some])).encode(errors="replace"))
    data = hashlib.sha256()
    for one in originals:
        data.update(repr((one.id, one.code, _state(one.step), _state(one.stl))).encode(errors="replace"))
    return {
        "name": name,
        "predictions": str(arguments.predictions),
        "answers": answers.hexdigest(),
        "data": str(arguments.data),
        "truths": data.hexdigest(),
        "split": arguments.split,
        "repair": arguments.repair,
        "profile": arguments.profile,
        "timeout_s": arguments.timeout,
        "memory_mb": arguments.memory,
        "threshold": arguments.threshold,
    }


def _without_places(settings: object) -> dict:
    """What they are called and where they lie changes no score."""
    places = ("predictions", "data")
    return {name: value for name, value in settings.items() if name not in places} if isinstance(settings, dict) else {}


def _told(one: Prediction) -> tuple:
    return one.code, one.fault, _state(one.file)


def _state(path: Path | None) -> object:
    """What tells a file from what stood there before; nothing of one that is missing."""
    return (path.name, path.stat().st_size, path.stat().st_mtime_ns) if path and path.exists() else None


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.score",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("predictions", type=Path, metavar="PREDICTIONS", help="JSON lines, or a folder of files")
    parser.add_argument("--data", type=Path, required=True, help="what is right: a folder, or JSON lines")
    parser.add_argument("--split", default="validation", help="of parquet files (default: validation)")
    parser.add_argument("--out", type=Path, help="folder to fill (default: outputs/score/NAME)")
    parser.add_argument("--name", help="of the model in the tables (default: that of PREDICTIONS)")
    parser.add_argument(
        "--threshold", type=float, default=0.9, help="of IoU aligned, which counts as right in pass@k (default: 0.9)"
    )
    parser.add_argument(
        "--repair", action="store_true", help="mend programs that leave no solid, and count what they leave then"
    )
    parser.add_argument(
        "--profile", choices=PROFILES, default="open", help="how programs are read (default: any Python)"
    )
    parser.add_argument("--timeout", type=float, default=10.0, help="CPU seconds of a program (default: 10)")
    parser.add_argument("--memory", type=int, default=2048, help="MB of a program (default: 2048)")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--workers", type=int, default=cores, help=f"programs at a time (default: cores, {cores})")
    parser.add_argument(
        "--ray", type=int, metavar="N", help="execute on N sandboxes of a Ray cluster, each with --workers; cadgen[ray]"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
