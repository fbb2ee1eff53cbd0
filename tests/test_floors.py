"""Imports go down only. The table is the architecture; a new module needs a place in it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CAD = frozenset({"cadquery", "OCP"})
NETWORK = frozenset(
    {"torch", "torchvision", "torchmetrics", "timm", "transformers", "peft", "safetensors", "tokenizers"}
)
TRAINER = frozenset({"lightning", "lightning_fabric", "pytorch_lightning", "hydra"})
SETTINGS = frozenset({"omegaconf", "wandb"})
GUARDED = CAD | NETWORK | TRAINER | SETTINGS  # every other library may be used anywhere


@dataclass(frozen=True)
class Row:
    floor: int
    modules: tuple[str, ...]
    knows: tuple[str, ...] = ()  # parts of this project beyond the row itself
    libraries: frozenset[str] = frozenset()  # guarded ones


_FLOOR_0 = ("cadgen.lang", "cadgen.shape", "cadgen.model")
_FLOORS_0_TO_3 = (
    *_FLOOR_0,
    "cadgen.kernel",
    "cadgen.parts",
    "cadgen.decode",
    "cadgen.data",
    "cadgen.eval.judge",
    "cadgen.eval.row",
    "cadgen.decode.share",
    "cadgen.paths",
)

TABLE = (
    Row(0, ("cadgen.torchvision_guard", "cadgen.paths", "cadgen.__version__")),
    Row(0, ("cadgen.lang",)),
    Row(0, ("cadgen.shape",)),
    Row(0, ("cadgen.shape.caged",), libraries=CAD),
    Row(0, ("cadgen.model",), libraries=NETWORK),
    Row(1, ("cadgen.kernel",), knows=("cadgen.lang", "cadgen.shape")),
    Row(2, ("cadgen.parts",), knows=("cadgen.lang", "cadgen.shape", "cadgen.kernel")),
    Row(2, ("cadgen.decode",), knows=(*_FLOOR_0, "cadgen.kernel"), libraries=NETWORK),
    Row(3, ("cadgen.data",), knows=("cadgen.parts", "cadgen.lang", "cadgen.model.tokenizer"), libraries=NETWORK),
    Row(
        3,
        ("cadgen.eval.judge", "cadgen.eval.row", "cadgen.decode.share"),
        knows=("cadgen.decode", "cadgen.shape", "cadgen.model"),
        libraries=NETWORK,
    ),
    Row(
        4,
        (
            "cadgen.infer",
            "cadgen.eval.outcome",
            "cadgen.compare",
            "cadgen.eval.seeds",
            "cadgen.export",
            "cadgen.report.markdown",
            "cadgen.report.plot",
            "cadgen.report.sheet",
            "cadgen.report.gallery",
            "cadgen.report",
            "cadgen.doctor",
            "cadgen.app",
        ),
        knows=_FLOORS_0_TO_3,
        libraries=NETWORK | SETTINGS,
    ),
    Row(
        5,
        (
            "cadgen.training.module",
            "cadgen.training.data",
            "cadgen.eval.gather",
            "cadgen.sweep",
            "cadgen.train",
            "cadgen.evaluate",
        ),
        # the commands that need no trainer
        knows=(
            *_FLOORS_0_TO_3,
            *(f"cadgen.{name}" for name in ("breakdown", "infer", "compare", "variant", "sheet", "gallery")),
        ),
        libraries=NETWORK | SETTINGS | TRAINER,
    ),
    Row(5, ("cadgen",), knows=("cadgen.torchvision_guard", "cadgen.infer")),  # the package's own __init__ only
    Row(6, ("callbacks",), knows=("cadgen",), libraries=NETWORK | SETTINGS | TRAINER),
)
EVERYONE_MAY_IMPORT = ("cadgen.__version__",)
NOBODY_ELSE_IMPORTS = ("callbacks", "cadgen.shape.caged")  # named by conf, run as a script


def is_in(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def row_of(module: str) -> Row | None:
    """The row with the longest matching name. `cadgen` itself places no other module."""
    places = [(part, row) for row in TABLE for part in row.modules]
    fitting = [place for place in places if is_in(module, place[0]) and place[0] != "cadgen"]
    if module == "cadgen":
        return next(row for part, row in places if part == "cadgen")
    return max(fitting, key=lambda place: len(place[0]))[1] if fitting else None


def imported(source: str, package: str) -> Iterator[str]:
    """Every imported name, fully qualified, at whatever depth: an import inside a function counts too."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
                yield from (".".join(filter(None, (base, module, alias.name))) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def violations(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What `source` imports and `module` may not know, one sentence each."""
    row = row_of(module)
    if row is None:
        return [f"{module} has no row in the table"]
    found = []
    for name in imported(source, module if is_package else module.rpartition(".")[0]):
        library = name.partition(".")[0]
        if library in GUARDED - row.libraries:
            found.append(f"{module} imports {name}: its row has no {library}")
        if library in ("cadgen", "callbacks") and not _may_know(row, name):
            found.append(f"{module} imports {name}: not below it, or not known to it")
    return found


def _may_know(row: Row, name: str) -> bool:
    if row_of(name) is row or any(is_in(name, part) for part in EVERYONE_MAY_IMPORT):
        return True
    if any(is_in(name, part) for part in NOBODY_ELSE_IMPORTS):
        return False
    return any(is_in(name, part) for part in row.knows)


def sources() -> list[Path]:
    return sorted(path for top in ("cadgen", "callbacks") for path in (ROOT / top).rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_row_knows(path: Path) -> None:
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module = dotted.removesuffix(".__init__")
    assert violations(module, path.read_text(encoding="utf-8"), is_package=dotted != module) == []


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.modules[0])
def test_a_row_knows_only_lower_floors(row: Row) -> None:
    floors = [lower.floor for part in row.knows if part != "cadgen" and (lower := row_of(part)) is not None]
    assert all(floor < row.floor for floor in floors)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("cadgen.lang.parse", "import cadgen.parts", id="upwards"),
        pytest.param("cadgen.shape.iou", "from cadgen.lang import parse", id="sibling"),
        pytest.param("cadgen.shape.iou", "from cadgen import lang", id="sibling from the package"),
        pytest.param("cadgen.shape.iou", "from ..lang import parse", id="sibling, relative"),
        pytest.param("cadgen.shape.iou", "def f():\n    import cadgen.model", id="sibling, inside a function"),
        pytest.param("cadgen.decode.beam", "from cadgen.parts import sample_part", id="sibling on floor 2"),
        pytest.param(
            "cadgen.kernel.build", "from cadgen.parts import sample_program", id="the generator in the kernel"
        ),
        pytest.param("cadgen.kernel.build", "import cadquery", id="CadQuery in the mesh kernel"),
        pytest.param("cadgen.data.folder", "from cadgen.model import Network", id="more than the tokenizer"),
        pytest.param("cadgen.infer", "from cadgen.train import train", id="command without the framework"),
        pytest.param("cadgen.lang.parse", "import torch.nn as nn", id="torch in lang"),
        pytest.param("cadgen.shape.solid", "from torch import Tensor", id="torch in shape"),
        pytest.param("cadgen.parts.part", "import importlib\nimportlib.import_module('torch')", id="torch in parts"),
        pytest.param("cadgen.data.batch", "import lightning as L", id="Lightning below the commands"),
        pytest.param("cadgen.decode.beam", "from hydra.utils import instantiate", id="Hydra below the commands"),
        pytest.param("cadgen.eval.judge", "from omegaconf import DictConfig", id="OmegaConf below the commands"),
        pytest.param("cadgen.eval.row", "import wandb", id="wandb below the commands"),
        pytest.param("cadgen.report", "import lightning", id="Lightning in a plain command"),
        pytest.param("cadgen.train", "from callbacks.watch import Watch", id="callbacks imported"),
        pytest.param("cadgen.shape.solid", "import cadquery as cq", id="CadQuery in the parent"),
        pytest.param("cadgen.parts.part", "from OCP.gp import gp_Pnt", id="OCP in the parent"),
        pytest.param("cadgen.shape.solid", "from cadgen.shape.caged import geometry", id="the cage imported"),
        pytest.param("cadgen.eval.judge", "from cadgen import generate", id="a command through the package"),
        pytest.param("cadgen.misc", "", id="a module without a place"),
    ],
)
def test_a_violation_is_caught(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cadgen.lang.parse", "from cadgen.program.step import Program"),
        ("cadgen.lang", "from .program import Program"),
        ("cadgen.shape.caged.geometry", "import cadquery\nfrom OCP.gp import gp_Pnt"),
        ("cadgen.parts.part", "from cadgen.kernel import build"),
        ("cadgen.data.folder", "import torch\nfrom cadgen.model.tokenizer import Tokenizer"),
        ("cadgen.eval.row", "from cadgen import __version__"),
        (
            "cadgen.train",
            "import hydra\nfrom cadgen.training.module import Lit\nfrom cadgen.paths import config_folder",
        ),
        ("callbacks.watch", "import wandb\nfrom cadgen.eval.judge import run"),
    ],
)
def test_the_way_down_is_free(module: str, source: str) -> None:
    assert violations(module, source, is_package=module == "cadgen.lang") == []
