"""What a step of the named model takes: `python benchmarks/named.py [--decoder NAME] [--vision NAME] [--batch N]`.

Prints Markdown: parameters, tokens of a program, seconds of CPU time on one thread, memory. Weights are those of the
hub, its cache or folders (`benchmarks/random_hub.py` writes a cache of random ones).
"""

import argparse
from functools import partial
from resource import RUSAGE_SELF, getrusage
from time import process_time

import torch

from cadgen.data import Stream, collate, open_source
from cadgen.eval.provenance import commit
from cadgen.model import count_parameters, from_hub
from cadgen.model.network import learning_rate_groups
from cadgen.parts import Styles, draw_pair
from cadgen.training.objective import Likelihood


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decoder", default="Salesforce/codet5-small")
    parser.add_argument("--vision", default="vit_base_patch16_224")
    parser.add_argument("--batch", type=int, default=16, help="pairs, all at once")
    parser.add_argument("--precision", choices=("bf16", "32"), default="bf16")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = from_hub(given.vision, given.decoder, lora={"r": 16, "alpha": 32})
    drawn = Stream(partial(draw_pair, styles=Styles()))
    pairs = open_source(drawn, network.tokenizer, network.sight, network.max_tokens, seed=0)
    some = [pairs[position] for position in range(given.batch)]
    batch, tokens = collate(some), [len(labels) for _, labels in some]
    objective = Likelihood(network, number_spread=1.5)
    optimiser = torch.optim.AdamW(learning_rate_groups(network, 2e-4, 0.05), fused=True)

    def step() -> float:
        before = process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=given.precision == "bf16"):
            loss, _ = objective(network, batch)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        return process_time() - before

    loaded = _gigabytes()
    step()  # the first one makes room
    seconds = step()
    total, trained = count_parameters(network)
    print(f"commit {commit()}, {given.vision} with {given.decoder}, {given.precision}, a step of {given.batch} pairs\n")
    print("| parameters | trained | tokens of a program | CPU seconds a step | GB, loaded | GB, at most |")
    print("| --- | --- | --- | --- | --- | --- |")
    told = f"{sum(tokens) / len(tokens):.0f}, {max(tokens)} at most"
    print(f"| {total:,} | {trained:,} | {told} | {seconds:.1f} | {loaded:.1f} | {_gigabytes():.1f} |")


def _gigabytes() -> float:
    """The most that this process has had in memory."""
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
