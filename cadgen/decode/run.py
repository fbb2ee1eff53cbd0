"""Runs a decoder over pictures, in batches: while one batch is chosen from, the network writes the next one's."""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Picture
from cadgen.decode.decoder import Decoder
from cadgen.model import Network
from cadgen.shape import Sandbox


@dataclass(frozen=True)
class Case:
    """A picture, as the network and as choosers see it."""

    id: str
    image_CHW: Tensor
    picture: Picture


@dataclass(frozen=True)
class Decoded:
    """The candidates of a case, best first, and the seconds a picture of its batch took: proposing and choosing."""

    case_id: str
    candidates: list[Candidate]
    seconds: float

    @property
    def candidate(self) -> Candidate:
        """The best; where nothing was offered, a program that is empty and so wrong."""
        return self.candidates[0] if self.candidates else Candidate("", None, 0, False)


def decode(
    network: Network, decoder: Decoder, cases: Iterable[Case], box: Sandbox, batch_size: int = 16
) -> list[Decoded]:
    """Every case's candidates. Those of one batch are executed and drawn while the network writes the next one's."""
    with ThreadPoolExecutor(1) as beside:
        waiting: list[Future[list[Decoded]]] = []
        for batch in batches(cases, batch_size):
            if len(waiting) > 1:
                waiting[-2].result()  # the network is no more ahead than it need be: whoever counts cases sees the pace
            waiting.append(beside.submit(_chosen, decoder, batch, *_proposed(network, decoder, batch), box))
        return [one for decoded in waiting for one in decoded.result()]


def batches(cases: Iterable[Case], size: int) -> Iterator[list[Case]]:
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


def _chosen(decoder: Decoder, cases: Sequence[Case], offers: Offers, seconds: float, box: Sandbox) -> list[Decoded]:
    started = time.perf_counter()
    ordered = decoder.choose(offers, [case.picture for case in cases], box.run)
    seconds += (time.perf_counter() - started) / len(cases)
    return [Decoded(case.id, candidates, seconds) for case, candidates in zip(cases, ordered, strict=True)]
