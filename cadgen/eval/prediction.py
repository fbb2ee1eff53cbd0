"""What other people's models answered: JSON lines of programs, or a folder of files, read with bounds.

What cannot be used costs its own answer: it is told in a line, and the part it was meant for is judged all the same.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cadgen.data import DataError
from cadgen.data.original import files_of
from cadgen.data.sample import check_inside, read_program
from cadgen.json_lines import EMPTY, read_lines
from cadgen.label import shown

LARGEST_FILE = 1 << 30  # bytes of JSON lines
LONGEST = 1 << 20  # characters of a program, whose row is a line that can be read again; the sandbox executes 64 KiB
MOST_ANSWERS = 1000  # to one part
_MOST_TOLD = 1000


@dataclass(frozen=True)
class Prediction:
    """One answer to a part: a program, or a STEP or STL file. fault: why there is neither, in a line for people."""

    code: str = ""
    file: Path | None = None
    fault: str = ""


@dataclass
class Faults:
    """Lines that say what of the input was of no use: how many, and the first of them."""

    num: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.num += 1
        if len(self.lines) < _MOST_TOLD:
            self.lines.append(shown(line))


@dataclass(frozen=True)
class Predictions:
    """answers: to each part that has any, in the order given; those at fault are among them."""

    answers: dict[str, list[Prediction]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def add(self, case_id: str, one: Prediction, place: str) -> None:
        answers = self.answers.setdefault(case_id, [])
        if len(answers) == MOST_ANSWERS:
            one = Prediction(fault=f"{place}: {case_id} has more than {MOST_ANSWERS} answers; the rest is left out")
        else:
            answers.append(one)
        if one.fault:
            self.faults.add(one.fault)


def read_predictions(path: Path, known: Collection[str]) -> Predictions:
    """The answers in `path` to the parts whose ids are `known`.

    path: JSON lines (id, and code or a list `codes`; several lines of one id are several answers), or a folder of files
    NAME.py, NAME.step and NAME.stl whose names are the ids. Raises `DataError` where nothing can be read.
    """
    if path.is_dir():
        found = _of_folder(path, known)
    elif not path.exists():
        raise DataError(
            f"{path} does not exist; name a file of JSON lines (id, code), or a folder of .py, .step or .stl"
        )
    elif path.stat().st_size > LARGEST_FILE:
        raise DataError(f"{path} is larger than {LARGEST_FILE >> 20} MiB; split it, and score each part of it")
    else:
        found = _of_lines(path, known)
    if not found.answers:
        told = f" (the first line that was of no use: {found.faults.lines[0]})" if found.faults.lines else ""
        raise DataError(f"{path} answers none of {len(known)} parts; its ids must be those of the data{told}")
    return found


def _of_lines(path: Path, known: Collection[str]) -> Predictions:
    predictions = Predictions()
    try:
        for number, told in read_lines(path):
            place = f"{path}, line {number}"
            if isinstance(told, str):
                if told != EMPTY:
                    predictions.faults.add(f"{place}: {told}")
                continue
            case_id = str(told["id"]) if type(told.get("id")) is int else told.get("id")
            if not isinstance(case_id, str):
                predictions.faults.add(f"{place}: there is no id; each line needs id and code")
            elif case_id not in known:
                predictions.faults.add(f"{place}: the id {case_id[:40]!r} is unknown to the data")
            else:
                for one in _of_line(told, place):
                    predictions.add(case_id, one, place)
    except ValueError as error:  # the file itself
        raise DataError(str(error)) from None
    return predictions


def _of_line(told: dict, place: str) -> Iterator[Prediction]:
    if ("code" in told) == ("codes" in told):
        yield Prediction(fault=f"{place}: each line needs either code, a text, or codes, a list of texts")
        return
    codes = told["codes"] if "codes" in told else [told["code"]]
    if not isinstance(codes, list) or not codes:
        yield Prediction(fault=f"{place}: codes must be a list of at least one text")
        return
    for code in codes:
        if isinstance(code, str):
            yield _program(code, place)
        else:
            yield Prediction(fault=f"{place}: code is {str(code)[:40]} and must be a text")


def _of_folder(folder: Path, known: Collection[str]) -> Predictions:
    predictions, inside = Predictions(), folder.resolve()
    for case_id, kind, path in files_of(folder):
        if case_id not in known:
            predictions.faults.add(f"{path}: the id {case_id[:40]!r} is unknown to the data")
        elif case_id in predictions.answers:
            fault = f"{path}: {case_id} has another file; keep the one that is the answer"
            predictions.answers[case_id] = []
            predictions.add(case_id, Prediction(fault=fault), str(path))
        else:
            predictions.add(case_id, _of_file(kind, path, inside), str(path))
    return predictions


def _of_file(kind: str, path: Path, inside: Path) -> Prediction:
    try:
        check_inside(path, inside, str(path))
        return _program(read_program(path), str(path)) if kind == "code" else Prediction(file=path)
    except DataError as error:
        return Prediction(fault=str(error))


def _program(code: str, place: str) -> Prediction:
    if len(code) > LONGEST:
        return Prediction(fault=f"{place}: the code has more than {LONGEST} characters")
    return Prediction(code)
