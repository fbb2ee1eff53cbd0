"""What a training pair costs, piece by piece: `python benchmarks/train.py`. Prints Markdown; milliseconds of CPU time.

One thread; --num pairs for each row. Sections: data, network, step; `--only step` runs one.
"""

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from time import process_time

import numpy as np
import torch
from PIL import Image

from cadgen.data import Stream, collate, collate_by_length, open_source
from cadgen.eval.provenance import commit
from cadgen.model import Network, compact, token_loss
from cadgen.model.network import learning_rate_groups
from cadgen.model.presets import _TOKENIZER
from cadgen.model.tokenizer import load_tokenizer
from cadgen.parts import Styles, draw_pair, draw_wide
from cadgen.picture import Sight, read

BATCH, WINDOW = 16, 8
SIZES = {  # what differs from `compact()`
    "compact": {},
    "6 ViT layers": {"vision_layers": 6},
    "width 256": {"vision_width": 256, "decoder_width": 256},
    "448 px, patches of 32 px": {"image_size": 448, "stem": (32, 64, 128, 192)},
    "patches of 16 px": {"stem": (48, 96, 192)},
}


def former() -> Network:
    """The network that `model=compact` was before the stem of convolutions."""
    tokenizer = load_tokenizer(_TOKENIZER)
    vision = {"model_name": "vit_tiny_r_s16_p8_224", "img_size": 224, "embed_dim": 192, "depth": 6, "num_heads": 3}
    decoder = {
        "vocab_size": len(tokenizer), "d_model": 256, "d_kv": 64, "d_ff": 1024, "num_heads": 4, "num_layers": 4,
        "num_decoder_layers": 4, "dropout_rate": 0.0, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0,
    }  # fmt: skip
    return Network(vision, decoder, tokenizer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--num", type=int, default=128, help="pairs for each row")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"commit {commit()}")
    for name, section in SECTIONS.items():
        if arguments.only in (None, name):
            print(f"\n### {name}\n\n| | ms per pair |\n| --- | --- |", flush=True)
            section(arguments.num)


def row(name: str, work: Callable[[], object], num: int) -> None:
    """Prints what one of `num` calls or pairs of `work` takes; the first call is not timed."""
    work()
    started = process_time()
    work()
    print(f"| {name} | {(process_time() - started) / num * 1e3:.1f} |", flush=True)


def data(num: int) -> None:
    files = []
    for seed in range(num):
        file = BytesIO()
        Image.fromarray(draw_pair(seed)[0]).save(file, "PNG")
        files.append(file.getvalue())
    row("draw a pair, 448 px", lambda: [draw_pair(seed) for seed in range(num)], num)
    row("the same, in styles", lambda: [draw_pair(seed, styles=Styles()) for seed in range(num)], num)
    row("one of the wide mix, in styles", lambda: [draw_wide(seed, styles=Styles()) for seed in range(num)], num)
    for sees in (("grey",), ("drawing", "shade")):
        row(f"read a PNG, 448 px, to {' and '.join(sees)} of 224 px", partial(_seen, files, Sight(sees, 224)), num)


def _seen(files: list[bytes], sight: Sight) -> list[np.ndarray]:
    return [sight.of(read(file)) for file in files]


def network(num: int) -> None:
    for name, sizes in SIZES.items():
        made = compact(**sizes)
        image_BCHW = torch.rand(BATCH, len(made.sees), made.sight.size, made.sight.size)
        labels_BL = torch.randint(2, 1000, (BATCH, 64))
        patches_BND = made.encode(image_BCHW).detach()
        repeat = range(num // BATCH)
        row(f"{name}: encoder", lambda: [made.encode(image_BCHW).sum().backward() for _ in repeat], num)  # noqa: B023
        row(f"{name}: decoder, 64 tokens",
            lambda: [made.read(patches_BND, labels_BL).sum().backward() for _ in repeat], num)  # noqa: B023  # fmt: skip


def step(num: int) -> None:
    tokenizer = load_tokenizer(_TOKENIZER)
    pairs = open_source(Stream(draw_pair), tokenizer, Sight(("drawing", "shade"), 224), 320, seed=0)
    some = [pairs[position] for position in range(num)]
    plain = [collate(some[i : i + BATCH]) for i in range(0, num, BATCH)]
    sorted_ = [b for i in range(0, num, BATCH * WINDOW) for b in collate_by_length(some[i : i + BATCH * WINDOW], BATCH)]
    tokens = sum(len(labels) for _, labels in some) / num
    for name, batches in (("as they come", plain), ("by length", sorted_)):
        padded = sum(batch["labels"].numel() for batch in batches) / num
        print(f"| tokens a program, {name} (true: {tokens:.0f}) | {padded:.0f} |")
    row("former network, as they come", _steps(former(), plain, fused=False), num)
    row("compact, as they come", _steps(compact(), plain, fused=False), num)
    row("compact, by length", _steps(compact(), sorted_, fused=False), num)
    row("compact, by length, fused AdamW", _steps(compact(), sorted_, fused=True), num)


def _steps(made: Network, batches: Iterable[dict], fused: bool) -> Callable[[], None]:
    optimiser = torch.optim.AdamW(learning_rate_groups(made, 1e-3, 0.05), fused=fused)

    def work() -> None:
        for batch in batches:
            optimiser.zero_grad()
            token_loss(made(batch["image"], batch["labels"]), batch["labels"]).backward()
            optimiser.step()

    return work


SECTIONS = {"data": data, "network": network, "step": step}


if __name__ == "__main__":
    main()
