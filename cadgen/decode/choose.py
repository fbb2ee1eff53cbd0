"""Choosers: callables that order each part's candidates, best first, and drop none.

They are given the candidates of a batch, the pictures of its parts and what executes programs, and use what they need.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.quality import Features, quality
from cadgen.decode.shot import Shots, eyes
from cadgen.decode.solids import solids
from cadgen.refine.pose import posed
from cadgen.refine.view import target_of
from cadgen.shape import Execution

Execute = Callable[[Sequence[str]], list[Execution]]
Chooser = Callable[[Offers, Sequence[Shots], Execute], Offers]


def fluency(candidate: Candidate) -> float:
    """Mean log-probability of a token, as beam search ranks; -inf for a program that the network did not write."""
    if candidate.log_probability is None:
        return -math.inf
    return candidate.log_probability / max(candidate.num_tokens, 1)


@dataclass(frozen=True)
class Likelihood:
    """Finished programs first, then by mean log-probability of a token."""

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        return [_best_first(candidates, lambda one: (one.finished, fluency(one))) for candidates in offers]


@dataclass(frozen=True)
class Executes:
    """As `Likelihood`, but what is likelier than the first that leaves a solid in the sandbox comes last."""

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        return running_first(Likelihood()(offers, parts, execute), execute)


@dataclass(frozen=True)
class Heuristic:
    """By the sum of `weights` times the features of `quality`: what a program looks like once executed, no picture."""

    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        unknown = self.weights.keys() - Features.names()
        if unknown:
            raise ValueError(f"weights {sorted(unknown)} are unknown; the features are {', '.join(Features.names())}")

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        found = _executed(offers, execute)

        def total(one: Candidate) -> float:
            features = quality(one, found[one.code])
            return sum(weight * getattr(features, name) for name, weight in self.weights.items())

        return [_best_first(candidates, total) for candidates in offers]


@dataclass(frozen=True)
class Visual:
    """By `likeness` of each picture and the program's solid, from the camera that shows it best, in the mean.

    What leaves no solid comes last. Most solids are of the mesh kernel: what is liker than the first that the sandbox
    confirms comes last too.
    """

    def __call__(self, offers: Offers, parts: Sequence[Shots], execute: Execute) -> Offers:
        found = solids([one.code for candidates in offers for one in candidates], execute)
        ordered = []
        for candidates, shots in zip(offers, parts, strict=True):
            pictures = [(target_of(shot.seen), eye.usual) for shot, eye in zip(shots, eyes(shots), strict=True)]
            shown = {one.code: solid for one in candidates if (solid := found[one.code]) is not None}
            best = {code: [posed(solid, *each) for each in pictures] for code, solid in shown.items()}
            alike = {code: sum(found for found, _ in each) / len(each) for code, each in best.items()}
            views = {code: tuple(view.camera for _, view in each) for code, each in best.items()}
            looked = [replace(one, cameras=views.get(one.code, ())) for one in candidates]
            ordered.append(_best_first(looked, lambda one: (alike.get(one.code, -1.0), fluency(one))))  # noqa: B023
        return running_first(ordered, execute)


def running_first(ranked: Offers, execute: Execute) -> Offers:
    """Each part's candidates turned so that the first which runs leads; what ranked before it comes last.

    Those of all parts are tried together: the first of each, then the next of each whose last left no solid.
    """
    runs: dict[str, bool] = {}
    while codes := {code: None for one in ranked if (code := _untried(one, runs)) is not None}:
        runs |= {code: execution.ok for code, execution in zip(codes, execute(list(codes)), strict=True)}
    return [_turned(candidates, runs) for candidates in ranked]


def _untried(candidates: Sequence[Candidate], runs: Mapping[str, bool]) -> str | None:
    """The first program that may run, unless that is known."""
    hope = next((one.code for one in candidates if runs.get(one.code, True)), None)
    return None if hope in runs else hope


def _turned(candidates: list[Candidate], runs: Mapping[str, bool]) -> list[Candidate]:
    first = next((place for place, one in enumerate(candidates) if runs[one.code]), 0)
    return candidates[first:] + candidates[:first]


def _best_first(candidates: list[Candidate], key: Callable[[Candidate], object]) -> list[Candidate]:
    return sorted(candidates, key=key, reverse=True)  # type: ignore[arg-type]


def _executed(offers: Offers, execute: Execute) -> dict[str, Execution]:
    """All distinct programs of the batch, executed together."""
    codes = list(dict.fromkeys(one.code for candidates in offers for one in candidates))
    return dict(zip(codes, execute(codes), strict=True))
