"""A decoder is propose x choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from cadgen.decode.candidate import Offers
from cadgen.decode.choose import Chooser, Execute
from cadgen.model import Network
from cadgen.picture import Seen
from cadgen.shape import Execution


def no_sandbox(codes: Sequence[str]) -> list[Execution]:
    raise ValueError("this decoding executes programs; give execute, such as the run of a Sandbox")


@dataclass(frozen=True)
class Decoder:
    """(network, image_BCHW, pictures, execute) -> for each picture its candidates, best first, nothing dropped.

    pictures, execute: for choosers that look or execute.
    """

    propose: Callable[[Network, Tensor], Offers]
    choose: Chooser

    def __post_init__(self) -> None:
        if not callable(self.propose) or not callable(self.choose):
            raise ValueError(f"a decoding is a proposer and a chooser, not {self.propose!r} and {self.choose!r}")

    def __call__(
        self, network: Network, image_BCHW: Tensor, pictures: Sequence[Seen] = (), execute: Execute = no_sandbox
    ) -> Offers:
        return self.choose(self.propose(network, image_BCHW), pictures, execute)
