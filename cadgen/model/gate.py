"""Two networks as one: published pictures go to one, which knows that look alone, and all others to the other."""

from collections.abc import Sequence

from torch import nn

from cadgen.model.checkpoint import load_network, parts_of
from cadgen.model.network import Network
from cadgen.picture import Seen, Sights, are_published


class Gate(nn.Module):
    """The networks are `exact`, for pictures of which all are exactly as published ones are, and `other`."""

    def __init__(self, exact: Network, other: Network) -> None:
        super().__init__()
        self.exact, self.other = exact, other

    @property
    def sight(self) -> Sights:
        """What either is shown."""
        return Sights(self.exact.sight, self.other.sight)

    def of(self, seen: Sequence[Seen]) -> Network:
        """The network for these pictures of one part."""
        return self.exact if are_published(seen) else self.other


def load_reader(name: str) -> Network | Gate:
    """What `find_checkpoint` finds by the name; both networks of the shipped ones. Raises `CheckpointError`."""
    networks = [load_network(folder).eval() for folder in parts_of(name)]
    return Gate(*networks) if len(networks) > 1 else networks[0]
