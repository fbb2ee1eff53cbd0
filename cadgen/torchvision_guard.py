"""Lets `import torchvision` succeed where its compiled operators cannot load.

timm, torchmetrics, lightning and transformers import torchvision, whose usual wheel is a CUDA build. Beside a CPU-only
torch its operators are missing, and registering their shapes raises. None is needed here, so that one error is dropped.
Nothing changes where torchvision works. Where it does not, `torchvision.ops` and `torchvision.io` stay unusable.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_REGISTRATIONS = "torchvision._meta_registrations"


class _Tolerant(Loader):
    """Runs a module with its own loader, and leaves it half executed when an operator of torchvision is missing."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        try:
            self._loader.exec_module(module)
        except RuntimeError as error:
            if "operator torchvision::" not in str(error):
                raise


class _Guard(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _REGISTRATIONS:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Tolerant(spec.loader)
        return spec


def install_guard() -> None:
    """Takes effect at the next import of torchvision; imports nothing itself. Calling it again changes nothing."""
    if not any(isinstance(finder, _Guard) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Guard())
