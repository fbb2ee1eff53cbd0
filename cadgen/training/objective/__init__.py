"""What training lowers. An objective is an object `(network, batch) -> loss, {name: value}`, made for a network.

It may have weights of its own, which are trained beside the network's and shipped with nothing. `conf/objective` names
them; `value`s are logged as train/<name>.
"""

from cadgen.training.objective.likelihood import Likelihood

__all__ = ["Likelihood"]
