"""Whether a linear probe tells two sets of pictures apart, and by what."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

_SIDE = 24  # of the small picture
_GREYS = 32  # bins of the histogram
_FOLDS, _RIDGE = 5, 30.0

_NAMED = (
    "black share",
    "white share",
    "colours",
    "edge share",
    "blue tint",
    "height of the part",
    "width of the part",
)


def features(picture: np.ndarray) -> np.ndarray:
    """Of a (448, 448, 3) uint8 picture: named statistics, the histogram of greys, the picture made small."""
    grey = picture.mean(axis=2)
    part = grey < 250
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    named = [
        (grey < 40).mean(),
        (grey > 250).mean(),
        len(np.unique(picture.astype(np.int32) @ (65536, 256, 1))),
        (np.abs(np.diff(grey, axis=0)) > 30).mean(),
        (picture[..., 2].astype(float) - picture[..., 0])[part].mean() if part.any() else 0.0,
        np.ptp(rows) if len(rows) else 0,
        np.ptp(columns) if len(columns) else 0,
    ]
    histogram = np.histogram(grey, _GREYS, (0, 256))[0] / grey.size
    small = np.asarray(Image.fromarray(picture).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)) / 255
    return np.concatenate([named, np.sqrt(histogram), small.ravel()])


def accuracy(a: np.ndarray, b: np.ndarray, paired: bool, rounds: int = 10) -> tuple[float, float]:
    """Cross-validated accuracy of ridge regression on (N, F) features of both, balanced; and its deviation by round.

    paired: row i of both shows the same part, which then is never in training and test at once.
    """
    found = []
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        first = rng.integers(0, _FOLDS, len(a))
        second = first if paired else rng.integers(0, _FOLDS, len(b))
        right = []
        for fold in range(_FOLDS):
            w = _fit(a[first != fold], b[second != fold])
            right += [*(w(a[first == fold]) > 0), *(w(b[second == fold]) < 0)]
        found.append(np.mean(right))
    return float(np.mean(found)), float(np.std(found))


def telling(a: np.ndarray, b: np.ndarray, num: int = 3) -> Sequence[str]:
    """The named statistics and grey levels whose means differ most, in pooled deviations."""
    names = [*_NAMED, *(f"greys {i * 256 // _GREYS}-{(i + 1) * 256 // _GREYS - 1}" for i in range(_GREYS))]
    count = len(names)
    spread = np.sqrt((a[:, :count].var(0) + b[:, :count].var(0)) / 2) + 1e-9
    apart = (a[:, :count].mean(0) - b[:, :count].mean(0)) / spread
    return [f"{names[i]} {apart[i]:+.2f}" for i in np.argsort(-np.abs(apart))[:num]]


def _fit(a: np.ndarray, b: np.ndarray):
    x, y = np.concatenate([a, b]), np.concatenate([np.full(len(a), 1 / len(a)), np.full(len(b), -1 / len(b))])
    middle, spread = x.mean(0), x.std(0) + 1e-9
    z = (x - middle) / spread
    weights = z.T @ np.linalg.solve(z @ z.T + _RIDGE * np.eye(len(z)), y)
    return lambda rows: (rows - middle) / spread @ weights
