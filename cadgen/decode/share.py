"""Several decoders over the same pictures: what they have in common is computed once."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from cadgen.decode.candidate import Offers
from cadgen.decode.decoder import Decoder
from cadgen.decode.run import Case, Decoded, batches, decode
from cadgen.model import Network
from cadgen.picture import Seen
from cadgen.shape import Sandbox

Proposer = Callable[[Network, Tensor], Offers]


def decode_all(
    network: Network, decoders: Mapping[str, Decoder], cases: Iterable[Case], box: Sandbox, batch_size: int = 16
) -> dict[str, list[Decoded]]:
    """`decode` by each decoder, under its name; a picture is encoded once, and equal proposers are asked once.

    `seconds` are those that the decoder alone would have taken, but for programs that the sandbox remembers.
    """
    decoded: dict[str, list[Decoded]] = {name: [] for name in decoders}
    for batch in batches(cases, batch_size):
        shared = _Shared(network)
        for name, decoder in decoders.items():
            shared.saved_s = 0.0
            sharing = replace(decoder, propose=partial(shared.propose, decoder.propose))
            found = decode(cast(Network, shared), sharing, batch, box, batch_size)
            decoded[name] += [replace(one, seconds=one.seconds + shared.saved_s / len(batch)) for one in found]
    return decoded


class _Shared:
    """The network for the pictures of one batch, and what was already computed of them.

    saved_s: the seconds that this saved.
    """

    def __init__(self, network: Network) -> None:
        self.network, self.saved_s = network, 0.0
        self._encoded: list[tuple[Tensor, Tensor, float]] = []
        self._offered: list[tuple[Proposer, Tensor, Offers, float]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.network, name)

    def of(self, seen: Sequence[Seen]) -> "_Shared":
        """Itself."""
        return self

    def encode(self, image_BCHW: Tensor) -> Tensor:
        for known_BCHW, patches_BND, seconds in self._encoded:
            if torch.equal(known_BCHW, image_BCHW):
                self.saved_s += seconds
                return patches_BND
        started = time.perf_counter()
        patches_BND = self.network.encode(image_BCHW)
        self._encoded.append((image_BCHW, patches_BND, time.perf_counter() - started))
        return patches_BND

    def propose(self, proposer: Proposer, network: Network, image_BCHW: Tensor) -> Offers:
        """What `proposer` offers; the same again for one that equals it and the same pictures."""
        for known, known_BCHW, offers, seconds in self._offered:
            if known == proposer and torch.equal(known_BCHW, image_BCHW):
                self.saved_s += seconds
                return [list(candidates) for candidates in offers]
        started, saved_s = time.perf_counter(), self.saved_s
        offers = proposer(network, image_BCHW)
        alone_s = time.perf_counter() - started + self.saved_s - saved_s
        self._offered.append((proposer, image_BCHW, [list(candidates) for candidates in offers], alone_s))
        return offers
