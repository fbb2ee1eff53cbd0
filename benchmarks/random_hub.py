"""python benchmarks/random_hub.py CACHE [--vision NAME] [--decoder small|base]: weights of the named model, but random.

Writes a hub cache as a download would leave it, at true size, so that where no hub can be reached
`HF_HUB_CACHE=CACHE HF_HUB_OFFLINE=1 python -m cadgen.train experiment=codet5` runs letter for letter as with published
weights. The vocabulary has the size and the special tokens of CodeT5's; its merges are fitted to Python's own library.
"""

import argparse
import json
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer

import cadgen  # noqa: F401  lets timm and transformers be imported beside a torch for CPUs

SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"]
EXTRA = [f"<extra_id_{number}>" for number in range(99, -1, -1)]
SIZES = {  # Wang et al. 2021, "CodeT5", and the config.json beside its weights
    "small": {"d_model": 512, "d_ff": 2048, "num_heads": 8, "num_layers": 6},
    "base": {"d_model": 768, "d_ff": 3072, "num_heads": 12, "num_layers": 12},
}


def snapshot(cache: Path, repository: str) -> Path:
    """The empty folder of the one revision of a repository, as huggingface_hub keeps it."""
    root = cache / f"models--{repository.replace('/', '--')}"
    revision = "0" * 40
    folder = root / "snapshots" / revision
    folder.mkdir(parents=True, exist_ok=True)
    (root / "refs").mkdir(exist_ok=True)
    (root / "refs" / "main").write_text(revision)
    return folder


def write_vit(folder: Path, name: str, **arguments: object) -> None:
    """arguments: of `timm.create_model`, beside the name."""
    import timm

    published = timm.get_pretrained_cfg(name)
    told = {"mean": published.mean, "std": published.std} if published else {}
    config = {"architecture": name.partition(".")[0], "model_args": arguments, "pretrained_cfg": told}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(timm.create_model(name, **arguments).state_dict(), folder / "model.safetensors")


def hub_id(name: str) -> str:
    """The repository of timm's default weights for a ViT."""
    import timm

    published = timm.get_pretrained_cfg(name)
    if published is None or published.hf_hub_id is None:
        raise SystemExit(f"--vision {name} is no ViT of timm's on the hub")
    return published.hf_hub_id


def write_codet5(cache: Path, size: str, sources: Iterable[str], vocabulary_size: int = 32_000) -> None:
    """sources: texts that the merges are fitted to. Files and names as Salesforce published them."""
    from transformers import T5Config, T5ForConditionalGeneration

    folder = snapshot(cache, f"Salesforce/codet5-{size}")
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(sources, vocabulary_size, special_tokens=SPECIAL, show_progress=False)
    bpe.save_model(str(folder))  # vocab.json, merges.txt
    told = {"tokenizer_class": "RobertaTokenizer", "model_max_length": 512, "additional_special_tokens": EXTRA}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    layers = SIZES[size]
    config = T5Config(
        vocab_size=bpe.get_vocab_size() + len(EXTRA), **layers, d_kv=64, num_decoder_layers=layers["num_layers"],
        bos_token_id=1, eos_token_id=2, pad_token_id=0, decoder_start_token_id=0,
        architectures=["T5ForConditionalGeneration"],
    )  # fmt: skip
    (folder / "config.json").write_text(config.to_json_string())
    torch.save(T5ForConditionalGeneration(config).state_dict(), folder / "pytorch_model.bin")


def library() -> Iterator[str]:
    """The sources of Python's own library."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if "site-packages" not in path.parts:
            yield path.read_text("utf-8", errors="replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--vision", default="vit_base_patch16_224")
    parser.add_argument("--decoder", choices=SIZES, default="small")
    given = parser.parse_args()
    torch.manual_seed(0)
    write_vit(snapshot(given.cache, hub_id(given.vision)), given.vision)
    write_codet5(given.cache, given.decoder, library())


if __name__ == "__main__":
    main()
