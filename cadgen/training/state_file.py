"""The state of a training as one safetensors file: reading it executes nothing, and a flipped byte is noticed.

Tensors stand in the file as tensors. What is around them stands in its metadata as JSON: scalars as they are, all else
as an object of one tag: `{"list": [...]}`, `{"tuple": [...]}`, `{"dict": [[key, value], ...]}`, `{"ordered": ...}`
alike, and `{"tensor": name}`.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from cadgen.model.checkpoint_error import CheckpointError, telling_full_disk
from cadgen.paths import draft_of

_FORMAT = "cadgen training state 1"
_SCALARS = (type(None), bool, int, float, str)
_DTYPES = {
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8),
}
_PICKLES = (b"PK\x03\x04", b"\x80")  # torch.save, since and before version 1.6
# The header of the file holds the tree: 65 kB in a training of 119 weights, 760 in one of 1,200. What is built of
# it takes 30 times as much memory.
_LARGEST_HEADER, _DEEPEST = 1 << 22, 100
_REMEDY = "train again, or start from the weights in best/ beside it (model.weights=RUN)"


def write_state(state: Any, path: Path) -> None:
    """Replaces `path` in one step. Tensors may be shared, of any strides and device; shared ones stay shared.

    Raises `CheckpointError` for whatever is no tensor, number, text, bool, None, list, tuple or dict (nothing is
    pickled), naming its place in the tree, and where the disk is full.
    """
    tensors: dict[str, Tensor] = {}
    tree = json.dumps(_flatten(state, "state", tensors, {}))
    metadata = {"format": _FORMAT, "tree": tree, "sha256": _digest(tree, tensors)}
    with telling_full_disk(path, f"resume={path.parent} goes on"), draft_of(path) as draft:
        save_file(tensors, draft, metadata)


def read_state(path: Path, largest: int | None = None) -> Any:
    """What `write_state` wrote, tensors on the CPU.

    Raises `CheckpointError` for a file that is damaged, of over `largest` bytes, or of an older version or another
    program.
    """
    try:
        _refuse_large(path, largest)
        with safe_open(path, "pt") as stored:
            told = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, RuntimeError) as error:  # the last where no memory can be mapped
        if _is_pickle(path):
            raise CheckpointError(
                f"{path} is a pickle, as older versions wrote it: reading one can run anybody's code, so it is not "
                f"read; {_REMEDY}"
            ) from None
        raise CheckpointError(f"{path} is damaged or no checkpoint ({error}); {_REMEDY}") from error
    if told.get("format") != _FORMAT or told.get("sha256") != _digest(told.get("tree", ""), tensors):
        raise CheckpointError(f"{path} is damaged or no checkpoint (its checksum is another); {_REMEDY}")
    # Copied: the file is mapped, and may be written over while training goes on.
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    try:
        return _build(json.loads(told["tree"]), tensors)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path} holds no state of a training ({error}); {_REMEDY}") from error


def _refuse_large(path: Path, largest: int | None) -> None:
    """By what the file says of itself, before memory is taken for it."""
    size = path.stat().st_size
    if largest is not None and size > largest:
        raise CheckpointError(
            f"{path} has {size:,} bytes, and the state of such a training at most {largest:,}; resume with the model "
            f"that it was trained with, or {_REMEDY}"
        )
    if not path.is_file():
        return
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if _LARGEST_HEADER < header < size:
        raise CheckpointError(
            f"{path} has {header:,} bytes around its tensors, and the state of a training at most "
            f"{_LARGEST_HEADER:,}; {_REMEDY}"
        )


def _is_pickle(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4).startswith(_PICKLES)


def _flatten(value: Any, place: str, tensors: dict[str, Tensor], names: dict[tuple, str]) -> Any:
    """The JSON tree of `value`; tensors go to `tensors`. names: what tensors have names already, by their memory."""
    kind = type(value)  # exactly: a subclass would come back as something else
    if kind in _SCALARS:
        return value
    if kind in (list, tuple):
        items = [_flatten(item, f"{place}[{position}]", tensors, names) for position, item in enumerate(value)]
        return {kind.__name__: items}
    if kind in (dict, OrderedDict):
        for key in value:
            if type(key) not in _SCALARS:
                raise _unknown(key, f"a key of {place}")
        pairs = [[key, _flatten(item, f"{place}.{key}", tensors, names)] for key, item in value.items()]
        return {"dict" if kind is dict else "ordered": pairs}
    if kind in (Tensor, nn.Parameter) and value.layout is torch.strided and value.dtype in _DTYPES:
        return {"tensor": _name(value, tensors, names)}
    raise _unknown(value, place)


def _unknown(value: Any, place: str) -> CheckpointError:
    told = f"{value.dtype} {value.layout}" if isinstance(value, Tensor) else type(value).__name__
    return CheckpointError(
        f"{place} is a {told}, and last.ckpt holds only plain tensors, numbers, texts, None, lists, tuples and dicts; "
        "make one of those of it where it is saved (state_dict, on_save_checkpoint)"
    )


def _name(tensor: Tensor, tensors: dict[str, Tensor], names: dict[tuple, str]) -> str:
    memory = (tensor.device, tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride())
    known = names.setdefault(memory, str(len(tensors))) if tensor.numel() else str(len(tensors))
    if known not in tensors:
        plain = tensor.detach().cpu()
        tensors[known] = plain.clone(memory_format=torch.contiguous_format)  # safetensors refuses overlapping ones
    return known


def _build(node: Any, tensors: Mapping[str, Tensor], depth: int = 0) -> Any:
    if type(node) in _SCALARS:
        return node
    if depth > _DEEPEST:
        raise ValueError("its tree is too deep")
    if not isinstance(node, dict) or len(node) != 1:
        raise ValueError("a node of its tree has no tag")
    ((tag, content),) = node.items()
    if tag == "tensor":
        return tensors[content]
    if tag in ("list", "tuple"):
        items = [_build(item, tensors, depth + 1) for item in content]
        return items if tag == "list" else tuple(items)
    if tag in ("dict", "ordered"):
        pairs = [(key, _build(item, tensors, depth + 1)) for key, item in content]
        return dict(pairs) if tag == "dict" else OrderedDict(pairs)
    raise ValueError(f"its tree has the unknown tag {tag!r}")


def _digest(tree: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(tree.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
