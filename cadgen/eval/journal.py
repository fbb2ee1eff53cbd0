"""What a run has judged so far, on disk as it comes, so that a run that was ended goes on where it stopped."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cadgen.eval.row import Row, of_json, to_json
from cadgen.json_lines import LONGEST_LINE

_NAME = "judged-{}.jsonl"


class _OtherRun(ValueError):
    pass


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
        own = folder / _NAME.format(rank)
        ends = {path: self._read(path) for path in sorted(folder.glob(_NAME.format("*")))}
        folder.mkdir(parents=True, exist_ok=True)
        self._file = own.open("ab")
        self._file.truncate(ends.get(own, 0))  # without half a line
        if not ends.get(own):
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

    def _read(self, path: Path) -> int:
        """Where the last whole line ends."""
        end = 0
        try:
            with path.open("rb") as file:
                # What has no end is half a line, or none that a journal would hold.
                while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
                    self._take(json.loads(line), path, is_first=end == 0)
                    end += len(line)
        except _OtherRun:
            raise
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged ({error}); delete it: its pictures are judged again") from None
        return end

    def _take(self, told: dict, path: Path, is_first: bool) -> None:
        if is_first:
            self._refuse_other(path, dict(told["origin"]))
            return
        oracle = of_json(told["oracle"], "oracle") if told["oracle"] else None
        candidates = tuple(of_json(one, "candidates") for one in told["candidates"])
        verdict = Verdict(of_json(told["row"], "row"), oracle, candidates)
        self._known[verdict.row.decoding, verdict.row.id] = verdict

    def _refuse_other(self, path: Path, origin: dict) -> None:
        if origin != self._origin:
            known = [name for name in self._origin if origin.get(name) != self._origin[name]]
            raise _OtherRun(
                f"{path.parent} holds the beginnings of another run (its {' and '.join(known)} differ): choose another "
                f"folder (hydra.run.dir=FOLDER, of cadgen.score --out FOLDER), or delete {path}"
            )
