"""Makes forks of the zygote cheap: fewer pages, and large ones.

A fork copies the page tables of all memory that the zygote has written; what it leaves out every program saves.
`python benchmarks/sandbox.py` measures how much.
"""

import ctypes
import gc
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator
from pathlib import Path

_STUBBED = ("vtk", "vtkmodules")  # drawing on screens: a third of the zygote's memory, no use in a cage
_HUGE = 2 * 2**20
_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25


def stub_vtk() -> None:
    """Before CadQuery is imported: its names from VTK become classes that do nothing."""
    sys.meta_path.insert(0, _Stubs())


def settle_memory() -> None:
    """After the warm-up. Without effect where the kernel has no huge pages to give (before Linux 6.1)."""
    gc.collect()
    gc.freeze()
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in list(_written_regions()):
        first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if first < last:
            madvise(first, last - first, _MADV_HUGEPAGE)
            madvise(first, last - first, _MADV_COLLAPSE)


def _written_regions() -> Iterator[tuple[int, int]]:
    """The heap and the anonymous mappings of this process."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _, _, _, *name = line.split()
        if permissions == "rw-p" and name in ([], ["[heap]"]):
            start, end = addresses.split("-")
            yield int(start, 16), int(end, 16)


class _Nothing:
    def __init__(self, *_, **__): ...

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing


class _Module(types.ModuleType):
    def __init__(self, name: str):
        super().__init__(name)
        self.__path__: list[str] = []
        self.__all__: list[str] = []

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_Nothing,), {})


class _Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in _STUBBED:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module): ...
