"""What an import costs, and that it works beside a torchvision whose operators are missing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run_python(code: str, *path: Path) -> str:
    """A fresh interpreter's output; the test fails with its traceback. A started one may already hold torch."""
    setup = f"import sys; sys.path[:0] = {[str(entry) for entry in (*path, ROOT)]!r}\n"
    done = subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["cadgen", "cadgen.lang", "cadgen.shape", "cadgen.parts", "cadgen.paths"])
def test_importing_the_text_and_shape_floors_loads_no_network_and_no_kernel(package: str) -> None:
    heavy = {"torch", "torchvision", "lightning", "hydra", "cadquery", "OCP"}
    assert run_python(f"import {package}; print(sorted({heavy!r} & set(sys.modules)))") == "[]"


def test_the_libraries_that_import_torchvision_work_after_cadgen() -> None:
    code = "import cadgen, torchvision, timm, torchmetrics, lightning, transformers; from transformers import T5Config"
    run_python(code + "; timm.data.create_transform(32)")


FAKE_TORCHVISION = {
    "missing operators": ('raise RuntimeError("operator torchvision::nms does not exist")', "imported"),
    "another fault": ('raise RuntimeError("out of memory")', "out of memory"),
    "nothing wrong": ("registered = True", "imported registered"),
}


@pytest.mark.parametrize(("registrations", "outcome"), FAKE_TORCHVISION.values(), ids=FAKE_TORCHVISION)
def test_the_guard_forgives_missing_operators_and_nothing_else(
    tmp_path: Path, registrations: str, outcome: str
) -> None:
    fake = tmp_path / "torchvision"
    fake.mkdir()
    (fake / "__init__.py").write_text("from torchvision import _meta_registrations\n")
    (fake / "_meta_registrations.py").write_text(registrations + "\n")
    code = """
import cadgen
try:
    import torchvision
    print("imported", *["registered" for name in vars(torchvision._meta_registrations) if name == "registered"])
except RuntimeError as error:
    print(error)
"""
    assert run_python(code, tmp_path) == outcome


@pytest.mark.parametrize(("given", "kept"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_wait_without_spinning_unless_the_user_says_otherwise(given: dict[str, str], kept: str) -> None:
    code = f"import os; os.environ.pop('OMP_WAIT_POLICY', None); os.environ.update({given!r}); import cadgen; "
    told = run_python(code + "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)")
    assert told == f"{kept} False"


def test_installing_the_guard_twice_leaves_one() -> None:
    code = "import cadgen; n = len(sys.meta_path); cadgen.install_guard(); print(len(sys.meta_path) - n)"
    assert run_python(code) == "0"


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    code = "import cadgen; print(hasattr(cadgen, 'generator'), 'torch' in sys.modules)"
    assert run_python(code) == "False False"
