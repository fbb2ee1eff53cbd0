"""The ground that a part is shown on: flat, shaded or textured; and how much each pixel differs from it.

Shapes: H, W rows and columns of the picture; N pixels of a sample; K terms of a polynomial.
"""

from dataclasses import dataclass

import cv2
import numpy as np

_LEAST, _MOST = 8.0, 48.0  # of 255: what differs less is ground, what differs more is not, whatever the noise
_NOISY = 4.0  # deviation of the ground from which on it is smoothed first
_RIM = 0.02  # of the shorter side: the rim of the picture, which is taken to be ground
_SAMPLE = 2000  # pixels that a polynomial is fitted to
_FLAT = 2.0  # of 255: a ground that departs less from the first polynomial needs no second
_TINY = 1e-6  # of a sum of squares: keeps what the sample cannot tell at 0


@dataclass(frozen=True)
class Ground:
    """difference_HW: uint8, of each pixel from the ground, in the channel where it is largest; threshold: from
    which difference on a pixel is none of the ground."""

    difference_HW: np.ndarray
    threshold: float


def ground_of(colour_HW3: np.ndarray) -> Ground:
    """The ground is a polynomial of the place, first of the rim, then of all that is like it.

    Of order 2, then 4: gradients and vignettes are followed, a part is not.
    """
    found = _fitted(colour_HW3, _rim(colour_HW3.shape[:2]), 2)
    if found.threshold > 4 * _NOISY:
        colour_HW3 = cv2.medianBlur(colour_HW3, 5)
        found = _fitted(colour_HW3, _rim(colour_HW3.shape[:2]), 2)
    alike = found.difference_HW < found.threshold
    flat = float(np.percentile(found.difference_HW[alike], 90)) < _FLAT if alike.any() else True
    return found if flat or alike.mean() < 0.1 else _fitted(colour_HW3, alike, 4)


def _rim(shape: tuple[int, int]) -> np.ndarray:
    width = max(2, round(_RIM * min(shape)))
    rim = np.ones(shape, bool)
    rim[width:-width, width:-width] = False
    return rim


def _fitted(colour_HW3: np.ndarray, where_HW: np.ndarray, order: int) -> Ground:
    """The ground by the pixels named; those far from the others count little (Cauchy weights, iterated)."""
    height, width = where_HW.shape
    rows, columns = np.nonzero(where_HW)
    some = slice(None, None, max(1, len(rows) // _SAMPLE))
    rows, columns = rows[some], columns[some]
    sample_N3 = colour_HW3[rows, columns].astype(np.float32)
    terms_NK = _terms(columns / width - 0.5, rows / height - 0.5, order)
    fitted_N3 = np.broadcast_to(np.median(sample_N3, 0), sample_N3.shape)
    for _ in range(4):
        off_N = _largest(sample_N3 - fitted_N3)
        scale = max(1.0, 1.5 * float(np.median(off_N)))
        weighted_KN = (terms_NK / (1 + (off_N / scale) ** 2)[:, None]).T
        coefficients_K3 = np.linalg.solve(
            weighted_KN @ terms_NK + _TINY * np.eye(len(weighted_KN)), weighted_KN @ sample_N3
        )
        fitted_N3 = terms_NK @ coefficients_K3
    noise = 1.48 * float(np.median(_largest(sample_N3 - fitted_N3)))
    red, green, blue = cv2.split(cv2.absdiff(colour_HW3, _everywhere(coefficients_K3, height, width, order)))
    return Ground(cv2.max(cv2.max(red, green), blue), float(np.clip(4 * noise, _LEAST, _MOST)))


def _largest(difference_N3: np.ndarray) -> np.ndarray:
    """(N,): of the channel that differs most."""
    red, green, blue = np.abs(difference_N3).T
    return np.maximum(np.maximum(red, green), blue)


def _everywhere(coefficients_K3: np.ndarray, height: int, width: int, order: int) -> np.ndarray:
    """(H, W, 3) uint8: the polynomial, computed on a coarse grid and enlarged."""
    step = 8
    rows, columns = np.arange(0, height + step, step), np.arange(0, width + step, step)
    x, y = np.meshgrid((columns + 0.5) / width - 0.5, (rows + 0.5) / height - 0.5)
    coarse = (_terms(x.ravel(), y.ravel(), order) @ coefficients_K3).reshape(len(rows), len(columns), 3)
    place = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float32)
    return cv2.warpAffine(
        np.rint(coarse.clip(0, 255)).astype(np.uint8),
        place,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )


def _terms(x_N: np.ndarray, y_N: np.ndarray, order: int) -> np.ndarray:
    """(N, K) float32."""
    return np.stack([x_N**i * y_N**j for i in range(order + 1) for j in range(order + 1 - i)], 1, dtype=np.float32)
