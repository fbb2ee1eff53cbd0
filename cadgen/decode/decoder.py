"""A decoder is propose x choose."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from cadgen.decode.candidate import Candidate
from cadgen.model import Network


@dataclass(frozen=True)
class Decoder:
    """(network, image_BCHW) -> for each picture its candidates, best first, nothing dropped."""

    propose: Callable[[Network, Tensor], list[list[Candidate]]]
    choose: Callable[[list[Candidate]], list[Candidate]]

    def __call__(self, network: Network, image_BCHW: Tensor) -> list[list[Candidate]]:
        return [self.choose(candidates) for candidates in self.propose(network, image_BCHW)]
