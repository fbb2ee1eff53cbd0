"""What an executed program is like, without a look at the picture: the features that `Heuristic` weighs."""

import re
from dataclasses import dataclass, fields

import numpy as np

from cadgen.decode.candidate import Candidate
from cadgen.shape import Execution


@dataclass(frozen=True)
class Features:
    """executes, valid, one_body, finished: 0 or 1; diversity: distinct operations over all, 0 to 1; length: logarithm
    of the number of tokens over 35, the median of published programs; fluency: mean log-probability of a token.
    """

    executes: float
    valid: float
    one_body: float
    finished: float
    diversity: float
    length: float
    fluency: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))


def quality(candidate: Candidate, execution: Execution) -> Features:
    """The features of a candidate that ended as `execution` says."""
    solid = execution.solid
    operations = re.findall(r"\.(\w+)\(", candidate.code)
    tokens = max(candidate.num_tokens, 1)
    return Features(
        executes=float(execution.ok),
        valid=float(solid is not None and solid.valid),
        one_body=float(solid is not None and int(np.max(solid.triangle_body)) == 0),
        finished=float(candidate.finished),
        diversity=len(set(operations)) / max(len(operations), 1),
        length=float(np.log(tokens / 35)),
        fluency=(candidate.log_probability or 0.0) / tokens,
    )
