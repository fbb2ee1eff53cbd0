"""The state of a training as a file: what comes back is what went in, and nothing of a stranger's runs."""

import errno
import json
import math
import os
import pickle
import random
import resource
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from cadgen.model import CheckpointError
from cadgen.training import state_file as state_module
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.state_file import read_state, write_state


class Planted:
    """Unpickling it makes a file."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]


@st.composite
def tensors(draw):
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    values = torch.randint(0, 100, shape, generator=torch.Generator().manual_seed(draw(st.integers(0, 9))))
    made = values.to(draw(st.sampled_from(DTYPES)))
    return draw(st.sampled_from([made, made.mT if made.ndim > 1 else made, made[None].expand(2, *shape)]))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
TREES = st.recursive(
    SCALARS | tensors(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.booleans() | st.none(), inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=3).map(OrderedDict)
    ),
    max_leaves=20,
)


def same(one, two) -> bool:
    """Equal, and of the same types all the way down."""
    if type(one) is not type(two):
        return False
    if isinstance(one, torch.Tensor):
        return one.dtype == two.dtype and one.shape == two.shape and torch.equal(one, two)
    if isinstance(one, dict):
        return same(list(one.items()), list(two.items()))
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, float):
        return (math.copysign(1, one) == math.copysign(1, two) and one == two) or (math.isnan(one) and math.isnan(two))
    return one == two


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES)
def test_what_is_read_is_what_was_written(tmp_path, tree):
    write_state(tree, tmp_path / "last.ckpt")
    assert same(read_state(tmp_path / "last.ckpt"), tree)
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]


def test_what_shares_memory_shares_it_afterwards_and_views_are_whole(tmp_path):
    matrix = torch.randn(3, 4)
    state = {"one": matrix, "two": nn.Parameter(matrix), "turned": matrix.T, "row": matrix[1], "grown": matrix[:1]}
    write_state(state, tmp_path / "last.ckpt")
    read = read_state(tmp_path / "last.ckpt")
    assert read["one"].data_ptr() == read["two"].data_ptr()
    assert all(torch.equal(read[name], state[name]) for name in state)


class Subclass(float):
    pass


REFUSED = {
    "an object": ({"callbacks": [{"best": Path("x")}]}, r"state\.callbacks\[0\]\.best is a PosixPath"),
    "a function": ([len], r"state\[0\] is a builtin"),
    "a subclass of float": ({"a": Subclass(1)}, r"state\.a is a Subclass"),
    "a key": ({(1, 2): 3}, r"a key of state is a tuple"),
    "bytes": ({"a": b"x"}, r"state\.a is a bytes"),
    "a sparse tensor": ({"a": torch.eye(2).to_sparse()}, r"state\.a is a torch.float32 torch.sparse_coo"),
    "complex numbers": ({"a": torch.ones(1, dtype=torch.complex128)}, r"state\.a is a torch.complex128"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plain_value_is_refused_at_saving_with_its_place(name, tmp_path):
    state, message = REFUSED[name]
    write_state({"epoch": 1}, tmp_path / "last.ckpt")
    with pytest.raises(CheckpointError, match=message):
        write_state(state, tmp_path / "last.ckpt")
    assert read_state(tmp_path / "last.ckpt") == {"epoch": 1}


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "bare"])
def test_a_pickle_is_refused_with_the_remedy_and_runs_nothing(zipped, tmp_path):
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": Planted(tmp_path / "ran")}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match=r"is a pickle.*model\.weights=RUN"):
        StateFiles().load_checkpoint(path, weights_only=False)
    assert not (tmp_path / "ran").exists()
    torch.load(path, weights_only=False)  # the plant works
    assert (tmp_path / "ran").exists()


def rewritten(path: Path, tree: str) -> None:
    """A file of another tree whose checksum is right."""
    with safe_open(path, "pt") as stored:
        held = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    metadata = {"format": state_module._FORMAT, "tree": tree, "sha256": state_module._digest(tree, held)}
    save_file(held, path, metadata)


FORGED = {
    "no tag": "{}",
    "two tags": '{"list": [], "tuple": []}',
    "an unknown tag": '{"object": "os.system"}',
    "a bare list": "[1]",
    "no such tensor": '{"tensor": "99"}',
    "a tensor by no name": '{"tensor": {}}',
    "a key that is no scalar": '{"dict": [[{"list": []}, 1]]}',
    "no pairs": '{"dict": [1, 2]}',
    "deeper than any": '{"list": [' * 200 + "]}" * 200,
    "deep": '{"list": [' * 20_000 + "]}" * 20_000,
    "broken": '{"list": [',
    "a long number": "9" * 10_000,
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_tree_is_one_clear_error(name, tmp_path):
    write_state({"a": torch.ones(2)}, tmp_path / "last.ckpt")
    rewritten(tmp_path / "last.ckpt", FORGED[name])
    with pytest.raises(CheckpointError, match="holds no state of a training"):
        read_state(tmp_path / "last.ckpt")


def test_a_tree_of_millions_of_nodes_is_not_built(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    write_state({"a": torch.ones(2)}, path)
    rewritten(path, f'{{"list": [{",".join(["[]"] * 2_000_000)}]}}')
    monkeypatch.setattr(state_module, "safe_open", lambda *_: pytest.fail("it was read"))
    with pytest.raises(CheckpointError, match=r"has [\d,]+ bytes around its tensors.*train again"):
        read_state(path)


def test_nothing_is_copied_of_a_file_whose_checksum_is_another(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    write_state({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    monkeypatch.setattr(torch.Tensor, "clone", lambda *_, **__: pytest.fail("it was copied"))
    with pytest.raises(CheckpointError, match="its checksum is another"):
        read_state(path)


def test_a_file_that_cannot_be_mapped_is_one_clear_error(tmp_path, monkeypatch):
    write_state({"a": torch.ones(2)}, tmp_path / "last.ckpt")

    def refuse(*_):
        raise RuntimeError("unable to mmap 3221225472 bytes from file: Cannot allocate memory (12)")

    monkeypatch.setattr(state_module, "safe_open", refuse)
    with pytest.raises(CheckpointError, match=r"unable to mmap.*train again"):
        read_state(tmp_path / "last.ckpt")


FOREIGN = {
    "empty": b"",
    "text": b"hello, world, this is a text",
    "a pickle of an object": pickle.dumps(Planted(Path("never"))),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_one_clear_error(name, tmp_path):
    (tmp_path / "last.ckpt").write_bytes(FOREIGN[name])
    with pytest.raises(CheckpointError, match="train again"):
        read_state(tmp_path / "last.ckpt")


def test_plain_weights_and_states_that_lack_a_part_are_no_checkpoint_of_a_training(tmp_path):
    path = tmp_path / "last.ckpt"
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(CheckpointError, match="no checkpoint"):
        read_state(path)
    write_state({"state_dict": {}}, path)
    with pytest.raises(CheckpointError, match=r"lacks .*loops"):
        StateFiles().load_checkpoint(path)


def test_every_flipped_byte_and_every_cut_is_noticed(tmp_path):
    path = tmp_path / "last.ckpt"
    state = {"epoch": 3, "weights": torch.arange(5.0), "rates": (0.1, 0.2)}
    write_state(state, path)
    whole = path.read_bytes()
    draw, unnoticed = random.Random(0), []
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        with suppress(CheckpointError):
            assert same(read_state(path), state)  # white space of the header
            unnoticed.append(position)
    assert len(unnoticed) < 8
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            read_state(path)


def test_a_full_disk_leaves_the_former_file_and_names_the_folder(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    write_state({"epoch": 1}, path)

    def fill(_, draft, __):
        Path(draft).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(state_module, "save_file", fill)
    with pytest.raises(CheckpointError, match=rf"no space left on the disk of {tmp_path}.*resume={tmp_path}"):
        write_state({"epoch": 2}, path)
    assert read_state(path) == {"epoch": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


def test_a_file_that_may_not_grow_is_told_like_a_full_disk(tmp_path):
    """The library's own error, not one that the test makes."""
    write_state({"epoch": 1}, tmp_path / "last.ckpt")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    try:
        with pytest.raises(CheckpointError, match="no space left on the disk of"):
            write_state({"epoch": 2, "a": torch.ones(100_000)}, tmp_path / "last.ckpt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_state(tmp_path / "last.ckpt") == {"epoch": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


def test_a_checkpoint_names_no_file_that_is_then_removed(tmp_path):
    """ModelCheckpoint removes the `best_model_path` that it reads, if it seems to lie in the run's folder."""
    (tmp_path / "run").mkdir()
    victim = tmp_path / "thesis.tex"
    victim.write_text("years of work")
    files = StateFiles()
    files.remove_checkpoint(f"{tmp_path}/run/../thesis.tex")
    assert victim.exists()
    files.save_checkpoint({"epoch": 1}, tmp_path / "run" / "old.ckpt")
    files.remove_checkpoint(tmp_path / "run" / "old.ckpt")
    assert not (tmp_path / "run" / "old.ckpt").exists()


def test_the_file_is_plain_safetensors_that_says_what_it_is(tmp_path):
    write_state({"a": torch.ones(2)}, tmp_path / "last.ckpt")
    with safe_open(tmp_path / "last.ckpt", "pt") as stored:
        assert json.loads(stored.metadata()["tree"]) == {"dict": [["a", {"tensor": "0"}]]}
