"""How sure an answer is: the probability that its part is the one in the pictures, and what speaks against it.

A logistic regression over `Evidence`. Its numbers stand in confidence.json, as `benchmarks/confidence.py` fits them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import exp, isfinite
from pathlib import Path

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.evidence import FLAGS, Evidence, evidence_of
from cadgen.decode.shot import Shots
from cadgen.decode.solids import solids
from cadgen.json_lines import read_object
from cadgen.shape import Execution

FILE = Path(__file__).with_suffix(".json")
NO_SOLID = "the program leaves no solid"

_LATER = ("depth", "thick", "plain")  # reasons where nothing that is shown speaks against an answer
_REASONS = {  # share of `Evidence` -> what it means where it is low
    "outline": "the outline agrees in {:.0%}: the picture may show what the model does not know",
    "explained": "the part has {:.0%} of the picture's lines: the picture may show what the model does not know",
    "found": "the picture has {:.0%} of the part's lines: the part may be another one",
    "depth": "one axis is seen at {:.0%} of the length that an even view gives it: the picture may hide too much",
    "thick": "a pixel that is misread leaves {:.0%} of the part's thickness: it is thin for its picture",
    "plain": "the part has many measures: the more there are, the likelier is one of them wrong",
}
_MUCH, _LITTLE = 1.0, 0.3  # of what right answers differ by
_NONE = "the part and the picture agree in {:.1%}: wrong parts often do as well"


@dataclass(frozen=True)
class Confidence:
    """What confidence.json holds.

    threshold: confidence below which an answer is doubtful; bias, weights: of the logistic regression, weights by names
    of `Evidence`; usual: for each reason's share its mean among right answers, and by how much they differ from it.
    Raises `ValueError` where a number cannot be.
    """

    threshold: float
    bias: float
    weights: Mapping[str, float]
    usual: Mapping[str, tuple[float, float]]

    def __post_init__(self) -> None:
        if unknown := sorted(self.weights.keys() - Evidence.names()):
            raise ValueError(f"weights {unknown} are unknown; known are {', '.join(Evidence.names())}")
        if self.usual.keys() != _REASONS.keys():
            raise ValueError(f"usual has {sorted(self.usual)}; it has to have {sorted(_REASONS)}")
        numbers = [self.bias, *self.weights.values(), *(number for pair in self.usual.values() for number in pair)]
        if not all(map(isfinite, numbers)) or not 0 <= self.threshold <= 1:
            raise ValueError("a number is out of its range")
        if against := [name for name, weight in self.weights.items() if weight < 0 and name not in FLAGS]:
            raise ValueError(f"weights {against} are below 0: more of these makes an answer no worse")
        if any(spread <= 0 for _, spread in self.usual.values()):
            raise ValueError("usual: right answers differ by more than 0")

    def of(self, evidence: Evidence) -> float:
        """From 0 to 1. More of what is no flag never makes it less."""
        total = self.bias + sum(weight * getattr(evidence, name) for name, weight in self.weights.items())
        return 1 / (1 + exp(-max(-50.0, min(50.0, total))))

    def reason(self, evidence: Evidence, shots: Shots) -> str:
        """What speaks most against the answer, in words: doubts about a picture, or what is least as right ones are.

        A flat picture is doubted whatever the answer is, so that this is no reason against one. What the pictures do
        not tell, or how much there is to tell, is it only where the part agrees with what they show.
        """
        if doubts := [doubt for shot in shots for doubt in shot.seen.doubts if not shot.seen.flat]:
            return doubts[0]

        def above(name: str) -> float:
            mean, spread = self.usual[name]
            return (getattr(evidence, name) - mean) / spread

        least = min((name for name in _REASONS if name not in _LATER), key=above)
        if above(least) > -_MUCH:
            least = min(least, *_LATER, key=above)
        if above(least) > -_LITTLE:
            return _NONE.format(evidence.likeness)
        return _REASONS[least].format(getattr(evidence, least))


def read_confidence(path: Path) -> Confidence:
    """The numbers of a file as `benchmarks/confidence.py` writes it. Raises `ValueError` naming the file."""
    told = read_object(path)
    try:
        usual = {str(name): (float(mean), float(spread)) for name, (mean, spread) in told["usual"].items()}
        weights = {str(name): float(weight) for name, weight in told["weights"].items()}
        return Confidence(float(told["threshold"]), float(told["bias"]), weights, usual)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}; fit it again with benchmarks/confidence.py") from None


@cache
def known() -> Confidence:
    """Of the file beside this module."""
    return read_confidence(FILE)


def with_confidence(
    offers: Offers, parts: Sequence[Shots], execute: Callable[[Sequence[str]], list[Execution]]
) -> Offers:
    """The same candidates, the first of each part with its confidence, and where that is doubtful with the reason."""
    codes = list(dict.fromkeys(candidates[0].code for candidates in offers if candidates))
    runs = [code for code, execution in zip(codes, execute(codes) if codes else [], strict=True) if execution.ok]
    found = solids(runs, execute)
    judged = []
    for candidates, shots in zip(offers, parts, strict=True):
        if not candidates:
            judged.append(candidates)
            continue
        first, *others = candidates
        solid = found.get(first.code)
        evidence = evidence_of(first, others, solid, shots) if solid is not None else None
        judged.append([_judged(first, evidence, shots, known()), *others])
    return judged


def _judged(candidate: Candidate, evidence: Evidence | None, shots: Shots, by: Confidence) -> Candidate:
    if evidence is None:
        return replace(candidate, confidence=0.0, reason=NO_SOLID)
    confidence = by.of(evidence)
    reason = by.reason(evidence, shots) if confidence < by.threshold else ""
    return replace(candidate, confidence=confidence, reason=reason, likeness=evidence.likeness)
