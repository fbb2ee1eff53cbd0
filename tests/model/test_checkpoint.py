"""Checkpoints of strangers, damaged ones, and saves that are cut short."""

import errno
import json
import os
import pickle
import socket
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cadgen import paths
from cadgen.model import CheckpointError, compact, find_checkpoint, from_hub, load_network, save_network
from cadgen.model import checkpoint as checkpoint_module
from cadgen.model.checkpoint import SHIPPED, write_manifest
from cadgen.model.config import checked_config, checked_decoder

SMALL = {"image_size": 32, "vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}
FILES = ("config.json", "tokenizer.json", "model.safetensors", "manifest.json")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return compact(**SMALL, max_tokens=24).eval()


@pytest.fixture
def checkpoint(network, tmp_path) -> Path:
    save_network(network, tmp_path / "run" / "best")
    return tmp_path / "run" / "best"


@pytest.fixture
def no_network(monkeypatch):
    """A connection fails the test, also where the library would forgive it."""
    tried = []

    def refuse(_, address):
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert tried == []


class Planted:
    """Unpickling it makes a folder."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("vouched", [True, False], ids=["with checksums", "without"])
@pytest.mark.parametrize("name", FILES)
def test_a_pickle_in_any_file_is_refused_and_runs_nothing(name, vouched, checkpoint, tmp_path):
    (checkpoint / name).write_bytes(pickle.dumps(Planted(tmp_path / "ran")))
    if name != "manifest.json":
        write_manifest(checkpoint) if vouched else (checkpoint / "manifest.json").unlink()
    with pytest.raises(CheckpointError, match="damaged"):
        load_network(checkpoint)
    assert not (tmp_path / "ran").exists()


def forge(checkpoint: Path, part: str, name: str, value: object) -> None:
    """Another value in config.json, the checksum made to fit. part: "" for the file's own names."""
    config = json.loads((checkpoint / "config.json").read_text())
    (config[part] if part else config)[name] = value
    (checkpoint / "config.json").write_text(json.dumps(config))
    write_manifest(checkpoint)


HOSTILE = [
    ("vision", "checkpoint_path", "evil.pth"),
    ("vision", "pretrained", True),
    ("vision", "pretrained_cfg", {"url": "http://example.com"}),
    ("vision", "pretrained_cfg_overlay", {"file": "evil.pth"}),
    ("vision", "model_name", "hf-hub:someone/vit"),
    ("vision", "model_name", "local-dir:/tmp"),
    ("vision", "model_name", "timm/vit_tiny_patch16_224"),
    ("vision", "model_name", "resnet50"),
    ("vision", "model_name", ["vit_tiny_patch16_224"]),
    ("vision", "act_layer", "relu"),
    ("vision", "depth", 10**6),
    ("vision", "depth", 0),
    ("vision", "depth", True),
    ("vision", "depth", 1.0),
    ("vision", "depth", "1"),
    ("vision", "embed_dim", 10**9),
    ("vision", "num_heads", -1),
    ("vision", "img_size", 10**6),
    ("vision", "img_size", [32, 32]),
    ("vision", "in_chans", 10**9),
    ("vision", "stem", [10**9]),
    ("vision", "stem", [8] * 1000),
    ("vision", "stem", "48"),
    ("vision", "mlp_ratio", float("nan")),
    ("decoder", "attn_implementation", "someone/kernel"),
    ("decoder", "_attn_implementation", "someone/kernel"),
    ("decoder", "quantization_config", {"quant_method": "bitsandbytes"}),
    ("decoder", "auto_map", {"AutoModel": "evil.Evil"}),
    ("decoder", "num_decoder_layers", 10**6),
    ("decoder", "num_layers", 10**9),
    ("decoder", "d_model", 10**9),
    ("decoder", "d_ff", 10**9),
    ("decoder", "d_kv", 2.0),
    ("decoder", "num_heads", None),
    ("decoder", "vocab_size", 10**9),
    ("decoder", "vocab_size", False),
    ("decoder", "eos_token_id", 10**6),
    ("decoder", "pad_token_id", 1186),
    ("decoder", "decoder_start_token_id", -1),
    ("decoder", "relative_attention_num_buckets", 10**9),
    ("decoder", "relative_attention_max_distance", 16),
    ("decoder", "dropout_rate", float("inf")),
    ("decoder", "dropout_rate", "0.1"),
    ("decoder", "layer_norm_epsilon", float("nan")),
    ("decoder", "feed_forward_proj", "gated-evil"),
    ("decoder", "dense_act_fn", "evil"),
    ("decoder", "model_type", "bert"),
    ("", "trust_remote_code", True),
    ("", "vision", []),
    ("", "decoder", "t5"),
    ("", "max_tokens", 0),
    ("", "max_tokens", 10**9),
    ("", "max_tokens", True),
    ("", "max_tokens", "24"),
    ("", "pixels", [0.5]),
    ("", "pixels", [0.5, 0.0]),
    ("", "pixels", [0.5, -0.0]),
    ("", "pixels", [0.0, 5e-324]),
    ("", "pixels", [0.0, -9e-7]),
    ("", "pixels", [float("nan"), 0.5]),
    ("", "pixels", [0.5, float("inf")]),
    ("", "pixels", ["0.5", 1]),
    ("", "pixels", {"0": 1, "1": 1}),
]


@pytest.mark.parametrize(("part", "name", "value"), HOSTILE, ids=lambda value: f"{value!r:.30}")
def test_a_hostile_config_is_refused_before_anything_is_built(part, name, value, checkpoint, monkeypatch, no_network):
    forge(checkpoint, part, name, value)
    monkeypatch.setattr(checkpoint_module, "Network", lambda *_: pytest.fail("it was built"))
    with pytest.raises(CheckpointError, match=rf"config\.json.*{name}.*give the config\.json"):
        load_network(checkpoint)


def test_a_network_that_is_too_large_is_refused_before_memory_is_taken(checkpoint):
    forge(checkpoint, "decoder", "num_decoder_layers", 64)
    forge(checkpoint, "decoder", "d_ff", 32_768)
    with pytest.raises(CheckpointError, match=r"config\.json describes [\d,]+ parameters and model\.safetensors has"):
        load_network(checkpoint)
    forge(checkpoint, "decoder", "d_model", 4096)
    with pytest.raises(CheckpointError, match="at most 2,000,000,000"):
        load_network(checkpoint)


def test_more_patches_than_are_ever_looked_at_are_refused(checkpoint):
    forge(checkpoint, "vision", "img_size", 1024)
    forge(checkpoint, "vision", "stem", [8])
    with pytest.raises(CheckpointError, match="65,536 patches"):
        load_network(checkpoint)


def test_sizes_that_do_not_go_together_are_one_clear_error(checkpoint):
    forge(checkpoint, "vision", "num_heads", 3)
    with pytest.raises(CheckpointError, match="describes no network"):
        load_network(checkpoint)


def test_what_transformers_writes_about_a_published_t5_does_not_hinder():
    config = json.loads((SHIPPED / "config.json").read_text())
    published = {"_name_or_path": "x", "architectures": ["T5ForConditionalGeneration"], "n_positions": 512}
    told = config["decoder"] | published | {"task_specific_params": {"a": {}}, "dtype": "float32", "bos_token_id": 1}
    assert checked_decoder(told, "x").keys() & published.keys() == set()
    assert checked_config(config, "x")["vision"] == config["vision"]


def damage_tokenizer(change) -> bytes:
    told = json.loads((SHIPPED / "tokenizer.json").read_text())
    change(told)
    return json.dumps(told).encode()


def renumber(told: dict) -> None:
    told["model"]["vocab"]["import"] = 2**31


def setting(*path: object) -> bytes:
    """Another value, the last of `path`, at the place that the others name."""
    *way, name, value = path

    def change(told: dict) -> None:
        for one in way:
            told = told[one]
        told[name] = value

    return damage_tokenizer(change)


GROWING = {"type": "Replace", "pattern": {"String": "c"}, "content": "c" * 10**6}
PADDING = {
    "strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
    "pad_token": "<pad>",
}  # fmt: skip
SLOW = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
EOS_ID = {"id": "</s>", "ids": [1] * 10**5, "tokens": ["</s>"] * 10**5}
ADDED = {
    "id": 5000,
    "content": "x",
    "special": False,
    **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
}
TOKENIZERS = {
    "a decoder that multiplies": setting("decoder", {"type": "Sequence", "decoders": [GROWING, GROWING]}),
    "another decoder": setting("decoder", GROWING),
    "no decoder": setting("decoder", None),
    "padding without end": setting("padding", PADDING),
    "truncation": setting(
        "truncation", {"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0}
    ),
    "a normalizer": setting("normalizer", GROWING),
    "a slow expression": setting("pre_tokenizer", "pretokenizers", 0, SLOW),
    "only a slow expression": setting("pre_tokenizer", SLOW),
    "no splits": setting("pre_tokenizer", None),
    "a long end": setting("post_processor", "special_tokens", "</s>", EOS_ID),
    "many ends": setting("post_processor", "single", [{"SpecialToken": {"id": "</s>", "type_id": 0}}] * 10**5),
    "merges by chance": setting("model", "dropout", 0.5),
    "empty": b"",
    "broken JSON": b'{"version": "1.0", ',
    "a list": b"[1, 2]",
    "no model": damage_tokenizer(lambda told: told.pop("model")),
    "another kind of model": damage_tokenizer(lambda told: told["model"].update(type="Evil")),
    "merges of no tokens": damage_tokenizer(lambda told: told["model"].update(merges=[["zz", "qq"]])),
    "an absurd id": damage_tokenizer(renumber),
    "a negative id": damage_tokenizer(lambda told: told["model"]["vocab"].update(x=-1)),
    "no end token": damage_tokenizer(lambda told: (told["model"]["vocab"].pop("</s>"), told.update(added_tokens=[]))),
    "binary": bytes(range(256)),
    "deep": b'{"a":' * 50_000,
    "huge": b" " * ((1 << 25) + 1),
}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_damaged_tokenizer_is_one_clear_error(name, checkpoint):
    (checkpoint / "tokenizer.json").write_bytes(TOKENIZERS[name])
    write_manifest(checkpoint)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json.*copy or train it again"):
        load_network(checkpoint)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("added_tokens", [ADDED | {"content": f"x{number}"} for number in range(5000)]), "added_tokens is"),
        (("added_tokens", 1, "content", "x" * 10**6), "added_tokens is"),
        (("model", "vocab", "x" * 10**6, 1185), "model: vocab is"),
        (("model", "continuing_subword_prefix", "x" * 10**6), "model: continuing_subword_prefix is"),
    ],
    ids=["many added tokens", "a long added token", "a long token", "a long prefix"],
)
def test_tokens_are_short_and_added_ones_few(path, told, checkpoint):
    (checkpoint / "tokenizer.json").write_bytes(setting(*path))
    write_manifest(checkpoint)
    with pytest.raises(CheckpointError, match=rf"tokenizer\.json: {told}.* must be "):
        load_network(checkpoint)


def test_a_huge_config_is_not_read(checkpoint):
    (checkpoint / "config.json").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(CheckpointError, match=r"config\.json has 1,048,577 bytes"):
        load_network(checkpoint)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_neither_saved_nor_loaded(value, network, checkpoint, tmp_path):
    weights = load_file(checkpoint / "model.safetensors")
    weights["projector.bias"][3] = value
    save_file(weights, checkpoint / "model.safetensors")
    write_manifest(checkpoint)
    with pytest.raises(CheckpointError, match=r"projector\.bias is not finite"):
        load_network(checkpoint)
    diverged = compact(**SMALL)
    with torch.no_grad():
        diverged.projector.bias[3] = value
    save_network(network, checkpoint)
    before = (checkpoint / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match=r"projector\.bias is not finite"):
        save_network(diverged, checkpoint)
    assert (checkpoint / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_any_file_is_noticed(name, checkpoint):
    whole = (checkpoint / name).read_bytes()
    for position in (0, len(whole) // 3, len(whole) // 2, len(whole) - 3):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        (checkpoint / name).write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"damaged.*again"):
            load_network(checkpoint)


def test_a_checkpoint_without_checksums_loads_with_a_warning(checkpoint, capsys):
    load_network(checkpoint)
    assert capsys.readouterr().err == ""
    (checkpoint / "manifest.json").unlink()
    load_network(checkpoint)
    told = capsys.readouterr().err
    assert told.startswith(f"warning: {checkpoint} has no manifest.json") and told.count("\n") == 1


def test_the_shipped_weights_have_their_checksums(capsys):
    load_network(find_checkpoint("shipped"))
    assert capsys.readouterr().err == ""


KILLED = ["before the former is moved", "between", "before the former is removed"]


@pytest.mark.parametrize("moment", KILLED)
def test_a_kill_at_any_moment_of_a_save_leaves_a_network_that_is_found(moment, checkpoint, monkeypatch):
    """The process is gone at that moment: nothing is tidied up."""
    with torch.no_grad():
        (other := compact(**SMALL)).projector.bias.fill_(7.0)
    moves, replace, remove = [], Path.replace, paths._remove

    class Killed(BaseException):
        pass

    def move(path, target):
        if len(moves) == KILLED.index(moment):
            raise Killed
        moves.append(path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", move)
    monkeypatch.setattr(paths, "_remove", lambda path: None if moves else remove(path))
    if moment == KILLED[2]:
        save_network(other, checkpoint)
    else:
        with pytest.raises(Killed):
            save_network(other, checkpoint)
    monkeypatch.undo()
    bias = load_network(find_checkpoint(str(checkpoint.parent))).projector.bias
    assert (bias == 7.0).all() == (moment == KILLED[2])
    load_network(checkpoint)
    save_network(other, checkpoint)  # the next save tidies up
    assert [path.name for path in checkpoint.parent.iterdir()] == ["best"]
    assert (load_network(checkpoint).projector.bias == 7.0).all()


def test_a_full_disk_leaves_the_former_network_and_names_the_folder(network, checkpoint, monkeypatch):
    def fill(_, path):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (checkpoint / "model.safetensors").read_bytes()
    monkeypatch.setattr(checkpoint_module, "save_file", fill)
    with pytest.raises(CheckpointError, match=rf"no space left on the disk of {checkpoint.parent}"):
        save_network(network, checkpoint)
    assert (checkpoint / "model.safetensors").read_bytes() == before
    assert [path.name for path in checkpoint.parent.iterdir()] == ["best"]


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    """A ViT and a T5 as timm and transformers write them."""
    import timm
    from transformers import T5Config, T5ForConditionalGeneration

    sizes = {"img_size": 64, "embed_dim": 64, "depth": 1, "num_heads": 1}
    vit, t5 = tmp_path / "vit", tmp_path / "t5"
    vit.mkdir()
    save_file(timm.create_model("vit_base_patch16_224", **sizes).state_dict(), vit / "model.safetensors")
    (vit / "config.json").write_text(json.dumps({"architecture": "vit_base_patch16_224", "model_args": sizes}))
    tokenizer = compact(**SMALL).tokenizer
    config = T5Config(
        vocab_size=len(tokenizer), d_model=64, d_ff=64, d_kv=64, num_heads=1, num_layers=1, decoder_start_token_id=0
    )
    T5ForConditionalGeneration(config).save_pretrained(t5)
    tokenizer.save_pretrained(t5)
    return vit, t5


def told(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "arguments",
    [{"checkpoint_path": "evil.pth"}, {"pretrained": True}, {"depth": 10**6}, {"embed_dim": 10**9}],
    ids=str,
)
def test_a_hostile_vit_folder_is_refused(arguments, folders, no_network):
    told(folders[0], model_args=arguments)
    with pytest.raises(CheckpointError, match=next(iter(arguments))):
        from_hub(*map(str, folders), trainable_blocks=None)


def test_a_vit_folder_names_no_other_repository_and_divides_by_no_0(folders, no_network):
    told(folders[0], pretrained_cfg={"std": [0, 0, 0]})
    with pytest.raises(CheckpointError, match="deviation 0"):
        from_hub(*map(str, folders), trainable_blocks=None)
    told(folders[0], architecture="hf-hub:someone/vit")
    with pytest.raises(CheckpointError, match="model_name"):
        from_hub(*map(str, folders), trainable_blocks=None)


def test_a_t5_folder_fetches_and_runs_nothing(folders, tmp_path, no_network):
    vit, t5 = folders
    told(t5, attn_implementation="someone/kernel", auto_map={"AutoModel": "evil.Evil"})
    (t5 / "evil.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'ran')!r})\nclass Evil: pass\n")
    network = from_hub(str(vit), str(t5), trainable_blocks=None)
    assert network.decoder.config._attn_implementation in ("eager", "sdpa")
    assert not (tmp_path / "ran").exists()
    told(t5, d_model=10**9)
    with pytest.raises(CheckpointError, match="d_model"):
        from_hub(str(vit), str(t5), trainable_blocks=None)


def test_a_pickle_of_t5_weights_runs_nothing(folders, tmp_path, no_network):
    vit, t5 = folders
    (t5 / "model.safetensors").unlink()
    torch.save({"shared.weight": Planted(tmp_path / "ran")}, t5 / "pytorch_model.bin")
    with pytest.raises((pickle.UnpicklingError, ValueError, OSError)):
        from_hub(str(vit), str(t5), trainable_blocks=None)
    assert not (tmp_path / "ran").exists()


def test_an_adapter_in_a_t5_folder_leads_nowhere_else(folders, no_network):
    (folders[1] / "adapter_config.json").write_text('{"base_model_name_or_path": "someone/t5", "peft_type": "LORA"}')
    with pytest.raises(CheckpointError, match="adapter"):
        from_hub(*map(str, folders), trainable_blocks=None)
