import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cadgen.model import (
    CheckpointError,
    HubUnreachable,
    Lora,
    compact,
    count_parameters,
    from_hub,
    load_network,
    save_network,
    shipped,
)
from cadgen.model.network import learning_rate_groups

SMALL = {
    "image_size": 64,
    "vision_width": 64,
    "vision_layers": 3,
    "decoder_width": 64,
    "decoder_layers": 2,
    "max_tokens": 24,
}


@pytest.fixture
def network():
    torch.manual_seed(0)
    return compact(**SMALL).eval()


@pytest.fixture
def checkpoint(network, tmp_path) -> Path:
    save_network(network, tmp_path / "saved")
    return tmp_path / "saved"


def logits(network, pixels=0.5):
    torch.manual_seed(1)
    image_BCHW = torch.rand(2, 3, 64, 64) * pixels
    labels_BL = torch.arange(16).reshape(2, 8)
    with torch.no_grad():
        return network(image_BCHW, labels_BL)


def test_two_different_pictures_give_different_decoder_inputs_and_logits(network):
    with torch.no_grad():
        one, two = network.encode(torch.zeros(1, 3, 64, 64)), network.encode(torch.rand(1, 3, 64, 64))
    assert one.shape == (1, 5, 64)  # patches of 32 px and the class token
    assert (one - two).abs().max() > 1e-3
    assert (logits(network, 0.1) - logits(network, 1.0)).abs().max() > 1e-5


def test_a_saved_network_computes_the_same_after_loading(network, checkpoint):
    assert torch.equal(logits(load_network(checkpoint).eval()), logits(network))


def test_saving_merges_lora_and_changes_nothing_that_is_computed(checkpoint, tmp_path):
    adapted = load_network(checkpoint).adapt(1, Lora(r=4, alpha=8)).eval()
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    save_network(adapted, tmp_path / "merged")
    merged = load_network(tmp_path / "merged").eval()
    assert not merged.has_lora
    torch.testing.assert_close(logits(merged), logits(adapted), atol=1e-4, rtol=1e-3)
    assert (logits(merged) - logits(load_network(checkpoint).eval())).abs().max() > 1e-3


def test_adapting_trains_the_last_blocks_the_projector_and_lora_only(checkpoint):
    adapted = load_network(checkpoint).adapt(2, Lora(r=4, alpha=8))
    trained = {name.split(".lora_")[0] for name, p in adapted.named_parameters() if p.requires_grad}
    vision = {name for name in trained if name.startswith("vision.")}
    assert {name.split(".")[2] for name in vision if "blocks" in name} == {"1", "2"}
    assert not any("patch_embed" in name or "blocks.0." in name for name in vision)
    assert all(
        "lora" in name for name, p in adapted.named_parameters() if p.requires_grad and name.startswith("decoder.")
    )
    total, trainable = count_parameters(adapted)
    assert trainable == sum(p.numel() for p in adapted.parameters() if p.requires_grad) < total


@pytest.mark.parametrize("adapter", [{"lora": {"r": 4, "alpha": 8}}, {"trainable_blocks": 1}])
def test_random_weights_are_neither_frozen_nor_given_lora(adapter):
    with pytest.raises(ValueError, match=r"model\.weights=RUN"):
        compact(**SMALL, **adapter)


def test_there_is_no_text_encoder(network):
    assert not any(name.startswith("decoder.encoder") for name, _ in network.named_parameters())


def damage_shape(folder):
    weights = load_file(folder / "model.safetensors")
    weights["projector.weight"] = torch.zeros(3, 3)
    save_file(weights, folder / "model.safetensors")
    (folder / "manifest.json").unlink()


def damage_config(folder):
    config = json.loads((folder / "config.json").read_text())
    config["decoder"]["d_ff"] *= 2
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "manifest.json").unlink()


DAMAGES = {
    "another shape": (damage_shape, r"projector.weight should be \(64, 64\) and is \(3, 3\)"),
    "another config": (damage_config, "holds another network"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "has no model.safetensors"),
    "cut weights": (lambda folder: (folder / "model.safetensors").write_bytes(b"123"), "is damaged"),
    "torn config": (lambda folder: (folder / "config.json").write_text("{"), "is damaged"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_checkpoint_is_one_clear_error(name, checkpoint):
    damage, message = DAMAGES[name]
    damage(checkpoint)
    with pytest.raises(CheckpointError, match=message):
        load_network(checkpoint)


def test_a_save_that_fails_leaves_the_old_checkpoint_and_no_draft(network, checkpoint, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    before = (checkpoint / "model.safetensors").read_bytes()
    monkeypatch.setattr("cadgen.model.checkpoint.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        save_network(network, checkpoint)
    assert (checkpoint / "model.safetensors").read_bytes() == before
    assert [path.name for path in checkpoint.parent.iterdir()] == ["saved"]


def test_an_unreachable_hub_names_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachable, match="model=compact"):
        from_hub(decoder="Salesforce/codet5-small-that-nobody-cached")


ARCHITECTURES = {  # timm name, patch; heads and widths of CodeT5-small and CodeT5-base are 8 x 64 and 12 x 64
    "ViT-B/16 and CodeT5-small": ("vit_base_patch16_224", 16, {"num_heads": 2, "d_kv": 64}),
    "ViT-L/14 and CodeT5-base": ("vit_large_patch14_clip_224", 14, {"num_heads": 3, "d_kv": 64}),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_published_weights_load_through_the_same_code_from_local_folders(name, tmp_path):
    """Folders written in the layout of timm's and transformers' own savers, of small sizes, stand for the hub's."""
    import timm
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    vision, patch, heads = ARCHITECTURES[name]
    size = 4 * patch
    arguments = {"img_size": size, "embed_dim": 64, "depth": 3, "num_heads": 1}
    vit = timm.create_model(vision, **arguments)
    (tmp_path / "vit").mkdir()
    save_file(vit.state_dict(), tmp_path / "vit" / "model.safetensors")
    told = {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3]}
    config = {"architecture": vision, "model_args": arguments, "pretrained_cfg": told}
    (tmp_path / "vit" / "config.json").write_text(json.dumps(config))
    tokenizer = compact(**SMALL).tokenizer
    t5_config = T5Config(
        vocab_size=len(tokenizer) + 12, d_model=64, d_ff=64, num_layers=1, num_decoder_layers=2,
        decoder_start_token_id=0, **heads,
    )  # fmt: skip
    t5 = T5ForConditionalGeneration(t5_config)
    t5.save_pretrained(tmp_path / "t5")
    tokenizer.save_pretrained(tmp_path / "t5")

    folders = str(tmp_path / "vit"), str(tmp_path / "t5")
    network = from_hub(*folders, max_tokens=8, trainable_blocks=2, lora={"r": 16, "alpha": 32})
    plain = from_hub(*folders, max_tokens=8, trainable_blocks=None)
    assert plain.pixels == pytest.approx((0.5, 0.25))
    torch.testing.assert_close(plain.vision.blocks[0].attn.qkv.weight, vit.blocks[0].attn.qkv.weight)
    torch.testing.assert_close(plain.decoder.shared.weight, t5.shared.weight)
    assert all(module.training for module in network.modules())  # else dropout would be off
    assert network.has_lora and count_parameters(network)[1] < count_parameters(network)[0]
    trained = [any(p.requires_grad for p in block.parameters()) for block in network.vision.blocks]
    assert trained == [False, True, True]
    grey = torch.rand(1, 1, size, size)
    generated = network.generate(network.encode(grey), num_beams=2)
    assert generated.sequences.shape[1] <= 9
    torch.testing.assert_close(network.encode(grey), network.encode(grey.expand(-1, 3, -1, -1)))
    save_network(network, tmp_path / "run")
    assert load_network(tmp_path / "run").pretrained


def test_fine_tuning_starts_from_the_shipped_weights_or_says_that_none_are(network, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("cadgen.model.checkpoint.SHIPPED", tmp_path / "shipped")
    random = shipped(2, {"r": 16, "alpha": 32})
    assert not random.has_lora and "ships no weights" in capsys.readouterr().out
    save_network(network, tmp_path / "shipped")
    tuned = shipped(2, {"r": 16, "alpha": 32})
    assert tuned.has_lora and tuned.max_tokens == SMALL["max_tokens"]
    assert not any(p.requires_grad for p in tuned.vision.blocks[0].parameters())


def test_query_weights_of_t5_move_in_steps_of_their_own_size(network):
    groups = learning_rate_groups(network, learning_rate=1.0, weight_decay=0.1)
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert len(rates) == sum(len(group["params"]) for group in groups)
    for name, parameter in network.named_parameters():
        query = name.startswith("decoder.") and name.endswith(".q.weight")
        assert rates[id(parameter)] == pytest.approx(0.125 if query else 1.0)
