"""Imports go down only. ARCHITECTURE.md has the table; a new module needs a place in it."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

GUARDED = {  # name in the table -> libraries; every other library may be used anywhere
    "cad": {"cadquery", "OCP"},
    "network": {
        *("torch", "torchvision", "torchmetrics", "timm"),
        *("transformers", "peft", "safetensors", "tokenizers"),
    },
    "trainer": {"lightning", "lightning_fabric", "pytorch_lightning"},
    "settings": {"hydra", "omegaconf", "wandb", "wandb_workspaces"},
}
ALL_GUARDED = set().union(*GUARDED.values())
EVERYONE_MAY_IMPORT = ("cadgen.__version__",)
NOBODY_ELSE_IMPORTS = ("callbacks", "cadgen.shape.caged")  # named by conf, run as a script


@dataclass(frozen=True)
class Row:
    floor: int
    modules: tuple[str, ...]
    knows: tuple[str, ...]  # parts of this project beyond the row itself
    libraries: frozenset[str]  # guarded ones


def read_table() -> list[Row]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    lines = text[text.index("<!-- floors -->") :].split("\n\n")[0].splitlines()[3:]
    return [_row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def _row(floor: str, modules: str, knows: str, libraries: str, _: str) -> Row:
    guarded = [GUARDED[name] for name in re.findall(r"\w+", libraries)]
    return Row(int(floor), _names(modules), _names(knows), frozenset().union(*guarded))


def _names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


TABLE = read_table()


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
        if library in ALL_GUARDED - row.libraries:
            found.append(f"{module} imports {name}: its row has no {library}")
        if library in ("cadgen", "callbacks") and not _may_know(row, name):
            found.append(f"{module} imports {name}: not below it, or not known to it")
    return found


def _may_know(row: Row, name: str) -> bool:
    if row_of(name) is row or any(is_in(name, part) for part in EVERYONE_MAY_IMPORT):
        return True
    if any(is_in(name, part) and part not in row.knows for part in NOBODY_ELSE_IMPORTS):
        return False
    return any(is_in(name, part) for part in row.knows)


def sources() -> list[Path]:
    return sorted(path for top in ("cadgen", "callbacks", "benchmarks") for path in (ROOT / top).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_row_knows(path: Path) -> None:
    is_package = path.name == "__init__.py"
    assert violations(module_of(path), path.read_text(encoding="utf-8"), is_package=is_package) == []


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.modules[0])
def test_a_row_knows_only_lower_floors(row: Row) -> None:
    floors = [lower.floor for part in row.knows if part != "cadgen" and (lower := row_of(part)) is not None]
    assert all(floor < row.floor for floor in floors)


def test_the_table_names_what_there_is_and_knows_nothing_in_vain() -> None:
    modules = {module_of(path): path for path in sources()}
    used: dict[Row, set[str]] = {}
    for module, path in modules.items():
        names = imported(
            path.read_text(encoding="utf-8"), module if path.name == "__init__.py" else module[: module.rfind(".")]
        )
        used.setdefault(row_of(module), set()).update(names)
    for row in TABLE:
        assert [
            part for part in row.modules if part not in modules and not (ROOT / part.replace(".", "/")).is_dir()
        ] == []
        known = [part for part in row.knows if not any(is_in(name, part) for name in used[row])]
        assert known == [], f"{row.modules} imports nothing of {known}: take it out of the table"


def _folder(module: str) -> Path:
    return ROOT / module.replace(".", "/")


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {module_of(path): path for path in sources()}
    graph = {}
    for module, path in modules.items():
        names = imported(
            path.read_text(encoding="utf-8"), module if path.name == "__init__.py" else module[: module.rfind(".")]
        )
        graph[module] = {max((m for m in modules if is_in(name, m)), key=len, default="") for name in names} - {
            module,
            "",
        }
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_no_two_files_have_one_name() -> None:
    names = Counter(path.name for path in sources() if path.parts[len(ROOT.parts)] != "benchmarks")
    of_python, both_ends_of_the_cage = {"__init__.py", "__main__.py"}, {"zygote.py"}
    assert {name for name, count in names.items() if count > 1} == of_python | both_ends_of_the_cage


def test_what_architecture_says_to_touch_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## To add")[2]
    paths = re.findall(r"`((?:\w+/)+[\w.]*)`", text)
    homes = (ROOT, ROOT / "cadgen", ROOT / "cadgen" / "lang" / "canonical")
    missing = [p for p in paths if "NAME" not in p and not any((home / p).exists() for home in homes)]
    assert len(paths) > 15 and missing == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("cadgen.lang.call.bind", "import cadgen.parts", id="upwards"),
        pytest.param("cadgen.lang.call.bind", "from cadgen.lang.canonical import canonical", id="up within lang"),
        pytest.param("cadgen.lang.grammar.lr", "from cadgen.lang import normalise", id="a face from below"),
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
        pytest.param("cadgen.model.vision", "from hydra.utils import instantiate", id="Hydra below the decoders"),
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
        ("cadgen.lang.call.bind", "from cadgen.program import NAMED_FRAMES"),
        ("cadgen.lang", "from .normal_form import normalise"),
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
