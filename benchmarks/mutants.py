"""How many small faults the tests notice: `python benchmarks/mutants.py --out DIR`. Needs the extra `mutants`.

At places drawn at random in cadgen/decode, cadgen/eval, cadgen/training and callbacks/, cosmic-ray changes an operator,
a number, a condition, a loop or a decorator, in a copy of the repository as committed. Of every mutant the tests that
run its line are run, those of its own file first, until one fails ("killed"), time is up ("timeout", which counts as
killed) or all pass ("survived"). A line that no test runs in its own process is "uncovered", and its mutants count as
survivors: what a test notices by starting a command is left out.

DIR/mutants.csv has a row for each; what has a row is not run again. DIR/equivalent.csv, written by hand, names the
mutants that change nothing that can be observed, and why: the score leaves them out. DIR/covering.json is made once;
delete it when tests have changed.
"""

import argparse
import ast
import csv
import difflib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from covering import Covering, FirstFailure

_PACKAGES = ("cadgen/decode", "cadgen/eval", "cadgen/training", "callbacks")
_SLOWEST = 120.0  # seconds of tests for one mutant; slower ones are left out
_HEAVY = ("torch", "lightning", "transformers", "hydra", "hypothesis", "scipy.optimize", "numba", "PIL.Image")


@dataclass(frozen=True)
class Mutant:
    """One small change of one file: cosmic-ray's operator at the occurrence-th place where it applies."""

    module: str
    line: int
    operator: str
    occurrence: int

    def code(self) -> str:
        """The whole file with the change."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        return mutate_code(Path(self.module).read_text(), get_operator(self.operator)(), self.occurrence)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("outputs/mutants"))
    parser.add_argument("--num", type=int, default=300, help="places (default: 300)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for name in ("cadgen", *_HEAVY):  # what every run would load anew; cadgen itself they shall
        __import__(name)
    for name in [each for each in sys.modules if each.partition(".")[0] == "cadgen"]:
        del sys.modules[name]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "copy"
        subprocess.run(["git", "clone", "-q", ".", str(copy)], check=True)
        os.chdir(copy)
        sys.path.insert(0, str(copy))
        os.environ["PYTHONPATH"] = str(copy)
        # Two mutants of one second and one size would be taken for each other.
        sys.dont_write_bytecode = True
        if not (out / "covering.json").exists():
            _pytest(["-q", *_test_files()], Covering(out / "covering.json", copy, _PACKAGES), 7200)
        covering = json.loads((out / "covering.json").read_text())
        _judge(_drawn(arguments.num, arguments.seed), covering, out / "mutants.csv")
    _tell(out)


def _test_files() -> list[str]:
    """The files of tests that import one of the packages."""
    named = re.compile(rf"(?:from|import) (?:{'|'.join(_PACKAGES).replace('/', '.')})\b")
    return [str(path) for path in sorted(Path("tests").rglob("test_*.py")) if named.search(path.read_text())]


def _drawn(num: int, seed: int) -> list[Mutant]:
    """A mutant at each of `num` places, places and mutants drawn at random."""
    by_place: dict[tuple, list[Mutant]] = {}
    for package in _PACKAGES:
        for path in sorted(Path(package).glob("*.py")):
            for place, mutant in _mutants(path):
                by_place.setdefault(place, []).append(mutant)
    random.seed(seed)
    return [random.choice(by_place[place]) for place in random.sample(sorted(by_place), min(num, len(by_place)))]


def _mutants(path: Path) -> Iterator[tuple[tuple, Mutant]]:
    """(place, mutant) for all of a file, without those in annotations, which fail wherever the file is read."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    annotated = _annotations(path)
    nodes = list(ast_nodes(get_ast_from_path(path)))
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or name.endswith("NoOp"):
            continue
        places = [place for node in nodes for place in operator().mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
            if not any(first <= start and end <= last for first, last in annotated):
                yield (str(path), start, end), Mutant(str(path), start[0], name, occurrence)


def _annotations(path: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if each is not None:
                found.append(((each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)))
    return found


def _judge(mutants: list[Mutant], covering: dict, rows: Path) -> None:
    known = {_key(row) for row in _rows(rows)}
    for index, mutant in enumerate(mutants):
        if (mutant.module, mutant.operator, str(mutant.occurrence)) in known:
            continue
        path = Path(mutant.module)
        before, after = path.read_text(), mutant.code()
        tests = _tests(mutant, covering)
        begun = time.monotonic()
        try:
            path.write_text(after)
            limit = 30 + 4 * sum(covering["seconds"][each] for each in tests)
            outcome, killer = _fate(tests, limit) if tests else ("uncovered", "")
        finally:
            path.write_text(before)
        change = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[3:]
        row = asdict(mutant) | {"change": "\n".join(change), "outcome": outcome, "killer": killer}
        _append(rows, row | {"seconds": round(time.monotonic() - begun, 1)})
        print(f"{index + 1}/{len(mutants)} {outcome} {mutant.module}:{mutant.line} {mutant.operator}", flush=True)


def _tests(mutant: Mutant, covering: dict) -> list[str]:
    """The tests that run the line: those of its own file first, then the quickest.

    Of a line that is run on import, those that run anything of its file.
    """
    lines, seconds = covering["lines"].get(mutant.module, {}), covering["seconds"]
    tests = lines.get(str(mutant.line)) or {test for each in lines.values() for test in each}
    own = f"test_{Path(mutant.module).name}::"
    chosen, taken = [], 0.0
    for test in sorted(tests, key=lambda test: (own not in test, seconds[test], test)):
        taken += seconds[test]
        if taken > _SLOWEST:
            break
        chosen.append(test)
    return chosen


def _fate(tests: list[str], limit: float) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        failure = Path(folder) / "failure"
        status = _pytest(["-x", "-q", *tests], FirstFailure(failure), limit)
        if status is None:
            return "timeout", ""
        if status == 0:
            return "survived", ""
        return "killed", failure.read_text() if failure.exists() else f"status {status}"


def _pytest(options: list[str], plugin: object, limit: float) -> int | None:
    """The exit status of pytest in a process of its own; None where it took more than `limit` seconds."""
    child = os.fork()
    if not child:
        os.setsid()
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        import pytest

        os._exit(int(pytest.main(["-p", "no:cacheprovider", *options], plugins=[plugin])))
    until = time.monotonic() + limit
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if ended:
        return os.waitstatus_to_exitcode(status)
    os.waitpid(child, 0)
    return None


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _key(row: dict[str, str]) -> tuple[str, ...]:
    return row["module"], row["operator"], row["occurrence"]


def _append(path: Path, row: dict) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def _tell(out: Path) -> None:
    equivalent = {_key(row) for row in _rows(out / "equivalent.csv")}
    rows = [row for row in _rows(out / "mutants.csv") if _key(row) not in equivalent]
    told = []
    for package in (*_PACKAGES, "all"):
        of = [row["outcome"] for row in rows if package == "all" or row["module"].startswith(package + "/")]
        killed = sum(outcome in ("killed", "timeout") for outcome in of)
        told.append((package, str(len(of)), str(killed), f"{killed / len(of):.2f}" if of else ""))
    from report import table  # imports cadgen, which the mutants' processes have to read anew

    table("files", "mutants", "killed", "score", rows=told)


if __name__ == "__main__":
    main()
