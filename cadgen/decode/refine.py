"""Choosing by making liker: programs whose measures are fitted to the picture, and then their structure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Chooser, Execute, Picture, running_first
from cadgen.lang import DialectError
from cadgen.lang.canonical import canonical
from cadgen.program import Program, write
from cadgen.refine.fit import SAME, fit
from cadgen.refine.restructure import restructure
from cadgen.refine.view import Look, look_at


@dataclass(frozen=True)
class Refine:
    """What `choose` chooses, and before it a program of it made liker to the picture, if the sandbox confirms that.

    num_looks: so many programs are drawn for a picture, or a few hundred more. A quarter goes to fitting the first
    `num_starts` programs in turn, since the one that can be made liker need not be the one that is; a quarter to the
    best of these, and half to its structure. Programs that are no fold of steps stay as they are.
    """

    choose: Chooser
    num_looks: int = 3000
    num_starts: int = 4

    def __call__(self, offers: Offers, pictures: Sequence[Picture], execute: Execute) -> Offers:
        chosen = self.choose(offers, pictures, execute)
        liker = [
            self._liker(candidates, look_at(picture)) for candidates, picture in zip(chosen, pictures, strict=True)
        ]
        return running_first(liker, execute)

    def _liker(self, candidates: list[Candidate], target: Look) -> list[Candidate]:
        programs = list(dict.fromkeys(filter(None, map(_program, candidates))))[: self.num_starts]
        if not programs:
            return candidates
        each = self.num_looks // (4 * len(programs))
        best, alike = programs[0], -1.0
        for program in programs:
            if alike < SAME:
                best, alike = max((best, alike), fit(program, target, each), key=lambda found: found[1])
        best, alike = fit(best, target, self.num_looks // 4)
        best, alike = restructure(best, alike, target, self.num_looks // 2)
        code = _text(best)
        if code == candidates[0].code or alike <= 0:
            return candidates
        return [Candidate(code, None, 0, True), *candidates]


def _text(program: Program) -> str:
    """Without what fitting may have left: corners that coincide or lie in a line."""
    try:
        return write(canonical(write(program), grid=1))
    except DialectError:
        return write(program)


def _program(candidate: Candidate) -> Program | None:
    try:
        return canonical(candidate.code, grid=1)
    except DialectError:
        return None
