"""What a run has judged so far, on disk as it comes, so that a run that was ended goes on where it stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cadgen.eval.row import Row, of_json, to_json

_NAME = "judged-{}.jsonl"


@dataclass(frozen=True)
class Verdict:
    """What one decoding's answer to one picture was judged to be.

    oracle: the row of the best candidate, where there were several and it was asked for; candidates: a row of each,
    where they were asked for.
    """

    row: Row
    oracle: Row | None = None
    candidates: tuple[Row, ...] = ()


class Journal:
    """The verdicts of a run: `folder`/judged-<rank>.jsonl, a line a picture and decoding, each written at once.

    origin: what the verdicts follow from, plain data. A line that a kill has cut off is no verdict. Raises `ValueError`
    where the folder holds verdicts of another origin, or a damaged file.
    """

    def __init__(self, folder: Path, origin: Mapping[str, object], rank: int = 0):
        self.folder = folder
        self._origin = json.loads(json.dumps(origin))
        self._known: dict[tuple[str, str], Verdict] = {}
        for path in sorted(folder.glob(_NAME.format("*"))):
            self._read(path)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = _opened(folder / _NAME.format(rank))
        if self._file.tell() == 0:
            self._write({"origin": self._origin})

    def known(self, decoding: str) -> dict[str, Verdict]:
        """The verdicts that were there already, by the id of the picture."""
        return {case_id: verdict for (name, case_id), verdict in self._known.items() if name == decoding}

    def add(self, verdict: Verdict) -> None:
        oracle = to_json(verdict.oracle) if verdict.oracle else None
        candidates = [to_json(row) for row in verdict.candidates]
        self._write({"row": to_json(verdict.row), "oracle": oracle, "candidates": candidates})

    def end(self) -> None:
        """Takes the files away: all they hold stands in the run's rows now."""
        self._file.close()
        for path in self.folder.glob(_NAME.format("*")):
            path.unlink()

    def _write(self, line: dict) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()

    def _read(self, path: Path) -> None:
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last end of a line is none, or half of one
        try:
            told = [json.loads(line) for line in lines]
            origins = [dict(one["origin"]) for one in told[:1]]
            verdicts = [_verdict(one, f"line {number}") for number, one in enumerate(told[1:], 2)]
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged ({error}); delete it: its pictures are judged again") from None
        for origin in origins:
            self._refuse_other(path, origin)
        self._known |= {(one.row.decoding, one.row.id): one for one in verdicts}

    def _refuse_other(self, path: Path, origin: dict) -> None:
        if origin != self._origin:
            known = [name for name in self._origin if origin.get(name) != self._origin[name]]
            raise ValueError(
                f"{path.parent} holds the beginnings of another run (its {' and '.join(known)} differ): choose another "
                f"folder (hydra.run.dir=FOLDER), or delete {path}"
            )


def _verdict(told: dict, place: str) -> Verdict:
    oracle = of_json(told["oracle"], place) if told["oracle"] else None
    return Verdict(of_json(told["row"], place), oracle, tuple(of_json(one, place) for one in told["candidates"]))


def _opened(path: Path):
    """The file, at its end, without half a line."""
    file = path.open("a+b")
    file.seek(0)
    whole = file.read().rfind(b"\n") + 1
    file.truncate(whole)
    file.seek(whole)
    return file
