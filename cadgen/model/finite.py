"""Whether weights are numbers."""

from collections.abc import Iterable

from torch import Tensor


def first_non_finite(tensors: Iterable[tuple[str, Tensor]]) -> str | None:
    """The name of the first tensor that holds a NaN or an infinity, None where all is finite."""
    return next((name for name, one in tensors if one.is_floating_point() and not one.isfinite().all()), None)
