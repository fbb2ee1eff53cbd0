"""Principal axes: those of LAPACK where rounding has no say, chosen by a rule where it has."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from cadgen.shape.principal import mesh_inertia, principal_axes

TETRAHEDRON = (
    np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]]),
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
)
CUBE_TURNS = Rotation.create_group("O").as_matrix().round()
TILTS = Rotation.from_rotvec([(0, 0, 0), (np.pi / 4, 0, 0), (0, np.pi / 4, 0), (0, 0, np.pi / 4), (0.3, -0.2, 0.1)])
SOLIDS = {"cube": (1, 1, 1), "squat": (1, 1, 2), "long": (1, 2, 2), "distinct": (1, 2, 2.5), "even": (1, 2, 3)}


def test_the_inertia_of_a_tetrahedron_is_known() -> None:
    x, y, z = 3 / 80 * np.array([1.0, 4, 9])  # variances of its volume, of 1
    mixed = -np.array([[0, 2, 3], [2, 0, 6], [3, 6, 0]]) / 80
    exact = np.diag([y + z, x + z, x + y]) - mixed
    np.testing.assert_allclose(mesh_inertia(*TETRAHEDRON), exact, rtol=1e-12)


def test_a_mesh_without_volume_has_no_inertia() -> None:
    vertices, triangles = TETRAHEDRON
    assert not np.isfinite(mesh_inertia(vertices * (1, 1, 0), triangles)).all()


def test_axes_of_distinct_moments_have_the_signs_of_lapack() -> None:
    for matrix in np.random.default_rng(0).normal(size=(100, 3, 3)):
        inertia = matrix @ matrix.T
        np.testing.assert_allclose(principal_axes(inertia), np.linalg.eigh(inertia)[1], atol=1e-9)


@pytest.mark.parametrize("moments", SOLIDS.values(), ids=SOLIDS.keys())
@pytest.mark.parametrize("tilt", range(len(TILTS)))
def test_axes_do_not_hang_on_rounding(moments: tuple, tilt: int) -> None:
    rng = np.random.default_rng(0)
    for turn in CUBE_TURNS:
        rotation = TILTS[tilt].as_matrix() @ turn
        inertia = rotation @ np.diag(moments) @ rotation.T
        axes = principal_axes(inertia)
        np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(axes.T @ inertia @ axes, np.diag(moments), atol=1e-12)
        for noise in 1e-14 * rng.normal(size=(10, 3, 3)):
            np.testing.assert_allclose(principal_axes(inertia + noise + noise.T), axes, atol=1e-10)


@pytest.mark.parametrize("turn", CUBE_TURNS)
def test_axes_of_an_upright_part_with_equal_moments_are_the_world_s(turn: np.ndarray) -> None:
    for moments in ((1, 1, 1), (1, 1, 2), (1, 2, 2)):
        diagonal = np.diag(turn @ np.diag(moments) @ turn.T)
        axes = principal_axes(np.diag(diagonal) + 1e-8)
        np.testing.assert_array_equal(axes, np.eye(3)[:, np.argsort(diagonal, kind="stable")])


def test_axes_of_equal_moments_are_those_nearest_to_the_world_s() -> None:
    axis = np.array([3.0, 1, 2]) / np.sqrt(14)
    axes = principal_axes(np.eye(3) + np.outer(axis, axis))
    np.testing.assert_allclose(axes[:, 2], axis, atol=1e-12)
    laid = np.array([0.0, 1, 0]) - axis[1] * axis
    np.testing.assert_allclose(axes[:, 0], laid / np.sqrt(laid @ laid), atol=1e-12)
    np.testing.assert_allclose(axes[:, 1], np.array([-2.0, 0, 3]) / np.sqrt(13), atol=1e-12)


def test_nothing_at_all_has_the_axes_of_the_world() -> None:
    np.testing.assert_array_equal(principal_axes(np.zeros((3, 3))), np.eye(3))
