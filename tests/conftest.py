"""Fixtures for all tests: one running sandbox, the solids it builds, and the real data beside the repository."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from cadgen.shape import Sandbox, Solid

# An example may take long: the first one of a test loads what it tries, and the machine may be busy.
settings.register_profile("cadgen", deadline=None)
settings.load_profile("cadgen")

_REPOSITORY = Path(__file__).parents[1]
# Files of minutes, most of which start commands: begun first, so that no worker is left alone with one at the end.
_LONG = (
    "test_train.py",
    "test_sweep.py",
    "test_cage.py",
    "test_decoding_eval.py",
    "test_experiments.py",
    "test_infer.py",
    "test_sandbox.py",
    "test_mistakes.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of `_LONG` before all others, in its order."""
    items.sort(key=lambda item: _LONG.index(item.path.name) if item.path.name in _LONG else len(_LONG))


@dataclass(frozen=True)
class Sample:
    """A real picture, its program and the program's solid."""

    id: str
    image: Path
    code: str
    solid: Solid


@pytest.fixture(scope="session")
def tiny_network() -> Callable:
    """(max_tokens) -> a small network of random weights, the same each time."""
    import torch

    from cadgen.model import compact

    def make(max_tokens: int):
        torch.manual_seed(0)
        sizes = {"image_size": 32, "vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}
        return compact(**sizes, max_tokens=max_tokens).eval()

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data: CADGEN_SHARED, by default ../shared, seen from the repository."""
    folder = _REPOSITORY / os.environ.get("CADGEN_SHARED", "../shared")
    if not (folder / "data").is_dir():
        pytest.skip(
            f"real data not found: {folder}/data is no folder; set CADGEN_SHARED to the folder that holds data/"
        )
    return folder


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    # Wide limits: a busy machine must not turn a good program into a timeout.
    with Sandbox(workers=2, timeout_s=30.0) as running:
        yield running


@pytest.fixture(scope="session")
def build(box: Sandbox) -> Callable[..., list[Solid]]:
    """build(code, ...) -> the solid of each program, or a failure that names the program."""

    def build(*codes: str) -> list[Solid]:
        executions = box.run([f"import cadquery as cq\n{code}" for code in codes])
        for code, execution in zip(codes, executions, strict=True):
            assert execution.ok, f"{execution.status}: {execution.error}\n{code}"
        return [execution.solid for execution in executions]

    return build


@pytest.fixture(scope="session")
def gencad(shared: Path, build: Callable[..., list[Solid]]) -> list[Sample]:
    """The pairs of the GenCAD-Code test subset, executed."""
    folder = shared / "data" / "gencad_dev"
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    solids = build(*(row["code"] for row in rows))
    return [
        Sample(row["id"], folder / row["image"], row["code"], solid) for row, solid in zip(rows, solids, strict=True)
    ]
