"""Runs a decoder over pictures, in batches: while one batch is chosen from, the network writes the next one's."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import TypeVar

import torch
from torch import Tensor

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.decoder import Decoder
from cadgen.model import Network
from cadgen.picture import Seen
from cadgen.shape import Sandbox

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """A picture, as the network and as choosers see it."""

    id: str
    image_CHW: Tensor
    seen: Seen


@dataclass(frozen=True)
class Decoded:
    """The candidates of a case, best first, and the seconds it took: its share of proposing and of choosing."""

    case_id: str
    candidates: list[Candidate]
    seconds: float

    @property
    def candidate(self) -> Candidate:
        """The best; where nothing was offered, a program that is empty and so wrong."""
        return self.candidates[0] if self.candidates else Candidate("", None, 0, False)


def decode(
    network: Network,
    decoder: Decoder,
    cases: Iterable[Case],
    box: Sandbox,
    batch_size: int = 16,
    then: Callable[[Decoded], None] | None = None,
) -> list[Decoded]:
    """Every case's candidates. Those of one batch are executed and drawn while the network writes the next one's.

    then: called with each case soon after it is decoded, in order, on a thread of its own, when the sandbox is free and
    the network rests: its time is in nobody's seconds.
    """
    beside, rest = ThreadPoolExecutor(1), Lock()
    waiting: list[Future[list[Decoded]]] = []
    try:
        for batch in batches(cases, batch_size):
            if len(waiting) > 1:
                waiting[-2].result()  # the network is no more ahead than it need be: whoever counts cases sees the pace
            with rest:
                offers, seconds = _proposed(network, decoder, batch)
            waiting.append(beside.submit(_chosen, decoder, batch, offers, seconds, box, then, rest))
        decoded = [one for future in waiting for one in future.result()]
    except BaseException as error:
        # An error leaves nobody who works in the sandbox; a signal waits for nothing.
        beside.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    beside.shutdown()
    return decoded


def batches(cases: Iterable[T], size: int) -> Iterator[list[T]]:
    """`size` at a time; what is left comes last."""
    rest = iter(cases)
    while batch := list(islice(rest, size)):
        yield batch


def _proposed(network: Network, decoder: Decoder, cases: Sequence[Case]) -> tuple[Offers, float]:
    """Candidates in the proposer's order, and the seconds a picture took."""
    device = next(network.parameters()).device
    started = time.perf_counter()
    offers = decoder.propose(network, torch.stack([case.image_CHW for case in cases]).to(device))
    return offers, (time.perf_counter() - started) / len(cases)


def _chosen(
    decoder: Decoder,
    cases: Sequence[Case],
    offers: Offers,
    seconds: float,
    box: Sandbox,
    then: Callable[[Decoded], None] | None,
    rest: Lock,
) -> list[Decoded]:
    """As many pictures at a time as the sandbox has workers: it is kept busy, and what is done is told early."""
    decoded: list[Decoded] = []
    num_told = 0
    for some in batches(zip(cases, offers, strict=True), box.workers):
        started = time.perf_counter()
        ordered = decoder.choose([offered for _, offered in some], [case.seen for case, _ in some], box.run)
        each = seconds + (time.perf_counter() - started) / len(some)
        decoded += [Decoded(case.id, candidates, each) for (case, _), candidates in zip(some, ordered, strict=True)]
        if then and rest.acquire(blocking=len(decoded) == len(cases)):
            try:
                for one in decoded[num_told:]:
                    then(one)
            finally:
                rest.release()
            num_told = len(decoded)
    return decoded
