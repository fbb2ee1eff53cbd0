"""A decoder is propose x choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from cadgen.decode.candidate import Offers
from cadgen.decode.choose import Chooser, Execute
from cadgen.decode.shot import Shots
from cadgen.model import Network
from cadgen.shape import Execution


def no_sandbox(codes: Sequence[str]) -> list[Execution]:
    raise ValueError("this decoding executes programs; give execute, such as the run of a Sandbox")


@dataclass(frozen=True)
class Decoder:
    """(network, image_BCHW, parts, execute) -> for each picture its candidates, best first, nothing dropped.

    Each picture is of a part of its own here; `decode` takes several of one. parts, execute: for choosers that look or
    execute.
    """

    propose: Callable[[Network, Tensor], Offers]
    choose: Chooser

    def __post_init__(self) -> None:
        if not callable(self.propose) or not callable(self.choose):
            raise ValueError(f"a decoding is a proposer and a chooser, not {self.propose!r} and {self.choose!r}")

    def __call__(
        self, network: Network, image_BCHW: Tensor, parts: Sequence[Shots] = (), execute: Execute = no_sandbox
    ) -> Offers:
        return self.choose(self.propose(network, image_BCHW), parts, execute)
