"""Runs a decoder over parts, in batches: while one batch is chosen from, the network writes the next one's."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from threading import Lock
from typing import TypeVar

import torch
from torch import Tensor

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.confidence import NO_SOLID, with_confidence
from cadgen.decode.decoder import Decoder
from cadgen.decode.shot import Shot, Shots
from cadgen.model import Gate, Network
from cadgen.picture import Seen
from cadgen.shape import Camera, Sandbox

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """A part by the pictures of it, as the network and as choosers see them.

    image_KCHW: K pictures; seen: what is seen on each; cameras: where each was taken from, None where that is open.
    """

    id: str
    image_KCHW: Tensor
    seen: tuple[Seen, ...]
    cameras: tuple[Camera | None, ...]

    def __post_init__(self) -> None:
        numbers = len(self.image_KCHW), len(self.seen), len(self.cameras)
        if not numbers[0] or len(set(numbers)) > 1:
            raise ValueError(f"{self.id}: {numbers} pictures, seen and cameras; give as many of each, one at least")

    @property
    def shots(self) -> Shots:
        """The pictures as choosers are given them."""
        return tuple(Shot(seen, camera) for seen, camera in zip(self.seen, self.cameras, strict=True))


@dataclass(frozen=True)
class Decoded:
    """The candidates of a case, best first, and the seconds it took: its share of proposing and of choosing.

    The best of them has its confidence.
    """

    case_id: str
    candidates: list[Candidate]
    seconds: float

    @property
    def candidate(self) -> Candidate:
        """The best; where nothing was offered, a program that is empty and so wrong."""
        if self.candidates:
            return self.candidates[0]
        return Candidate("", None, 0, False, confidence=0.0, reason=NO_SOLID)


def decode(
    network: Network | Gate,
    decoder: Decoder,
    cases: Iterable[Case],
    box: Sandbox,
    batch_size: int = 16,
    then: Callable[[Decoded], None] | None = None,
) -> list[Decoded]:
    """Every case's candidates. Those of one batch are executed and drawn while the network writes the next one's.

    batch_size: of cases, and of the pictures that the network sees together; then: called with each case soon after it
    is decoded, in order, on a thread of its own, when the sandbox is free and the network rests: its time is in
    nobody's seconds.
    """
    beside, rest = ThreadPoolExecutor(1), Lock()
    waiting: list[Future[list[Decoded]]] = []
    try:
        for batch in batches(cases, batch_size):
            if len(waiting) > 1:
                waiting[-2].result()  # the network is no more ahead than it need be: whoever counts cases sees the pace
            with rest:
                offers, seconds = _proposed(network, decoder, batch, batch_size)
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


def _proposed(
    network: Network | Gate, decoder: Decoder, cases: Sequence[Case], batch_size: int
) -> tuple[Offers, float]:
    """Candidates of each case in the proposer's order, and the seconds a picture took."""
    started = time.perf_counter()
    found: dict[int, list[Candidate]] = {}
    readers = [network.of(case.seen) for case in cases]
    for reader in dict.fromkeys(readers):
        theirs = [number for number, one in enumerate(readers) if one is reader]
        offers = _offered(reader, decoder, [cases[number] for number in theirs], batch_size)
        found |= dict(zip(theirs, offers, strict=True))
    num_pictures = sum(len(case.seen) for case in cases)
    return [found[number] for number in range(len(cases))], (time.perf_counter() - started) / num_pictures


def _offered(network: Network, decoder: Decoder, cases: Sequence[Case], batch_size: int) -> Iterator[list[Candidate]]:
    device = next(network.parameters()).device
    image_NCHW = torch.cat([case.image_KCHW for case in cases])
    offered = iter([one for some in image_NCHW.split(batch_size) for one in decoder.propose(network, some.to(device))])
    return (merged(list(islice(offered, len(case.seen)))) for case in cases)


def merged(offers: Offers) -> list[Candidate]:
    """What the pictures of one part offer: the first of each, then the second of each; the same text once.

    Of one picture alone it is what it offers.
    """
    if len(offers) == 1:
        return offers[0]
    in_turn = (one for one in chain.from_iterable(zip_longest(*offers)) if one is not None)
    first: dict[str, Candidate] = {}
    for one in in_turn:
        first.setdefault(one.code, one)
    return list(first.values())


def _chosen(
    decoder: Decoder,
    cases: Sequence[Case],
    offers: Offers,
    seconds: float,
    box: Sandbox,
    then: Callable[[Decoded], None] | None,
    rest: Lock,
) -> list[Decoded]:
    """As many parts at a time as the sandbox has workers: it is kept busy, and what is done is told early."""
    decoded: list[Decoded] = []
    num_told = 0
    for some in batches(zip(cases, offers, strict=True), box.workers):
        started = time.perf_counter()
        parts = [case.shots for case, _ in some]
        ordered = with_confidence(decoder.choose([offered for _, offered in some], parts, box.run), parts, box.run)
        each = (time.perf_counter() - started) / len(some)
        decoded += [
            Decoded(case.id, candidates, seconds * len(case.seen) + each)
            for (case, _), candidates in zip(some, ordered, strict=True)
        ]
        if then and rest.acquire(blocking=len(decoded) == len(cases)):
            try:
                for one in decoded[num_told:]:
                    then(one)
            finally:
                rest.release()
            num_told = len(decoded)
    return decoded
