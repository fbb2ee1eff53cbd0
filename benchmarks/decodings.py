"""What decodings cost: `python benchmarks/decodings.py --ckpt shipped`. Prints Markdown.

All take turns at the same generated parts, in batches as `cadgen.evaluate` has them, so that a busy machine is as hard
on each. CPU seconds count the sandbox's processes; shares are of CPU. One thread computes the network.
"""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from report import sections, table
from sandbox import cpu_of, warm

from cadgen.data import synthetic
from cadgen.decode import Case, Decoder, decode, load_decoder
from cadgen.decode.grammar_mask import GrammarMask
from cadgen.eval.case import cases
from cadgen.model import Network, find_checkpoint, load_network
from cadgen.paths import config_folder
from cadgen.shape import Sandbox

SEED = 7  # another one than training's and validation's
DRAWS = (1, 3, 6, 10)
SLOW_S = 60.0  # CPU; what takes longer is measured once
SHARES = ("network", "grammar", "execution", "looking", "rest")
Cost = Counter  # seconds an image: wall, cpu, and of that each of SHARES


class Clock:
    """CPU seconds of this process under names; what a timed function calls that is timed too is not its own."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._local = threading.local()

    def timed(self, name: str, function: Callable) -> Callable:
        def call(*arguments: Any, **settings: Any) -> Any:
            outside = getattr(self._local, "inner", 0.0)
            self._local.inner, started = 0.0, time.thread_time()
            try:
                return function(*arguments, **settings)
            finally:
                spent = time.thread_time() - started
                self.seconds[name] += spent - self._local.inner
                self._local.inner = outside + spent

        return call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ckpt", default="shipped")
    parser.add_argument("--num", type=int, default=32, help="parts")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="files of conf/decoding (default: all); beam is always among them")
    parser.add_argument("--root", default="outputs/data")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = load_network(find_checkpoint(arguments.ckpt)).eval()
    parts = list(cases(synthetic(arguments.num, SEED, arguments.root), network.sight))
    known = [path.stem for path in (Path(config_folder()) / "decoding").glob("*.yaml")]
    names = sorted({"beam", *(known if arguments.only is None else arguments.only)})
    decoders = {name: load_decoder(name) for name in names}
    drawn = {f"N={number}": _drawing(load_decoder("best_of_n"), number) for number in DRAWS}
    costs = _measured(network, decoders | drawn, parts, arguments.rounds)
    sections(
        {
            f"decodings of {len(parts)} parts": lambda: _tell(costs, names, "beam"),
            "best_of_n by its draws": lambda: _tell(costs, list(drawn), "N=1"),
        }
    )


def _drawing(decoder: Decoder, number: int) -> Decoder:
    return replace(decoder, propose=replace(decoder.propose, num_samples=number))  # type: ignore[type-var]


def _measured(
    network: Network, decoders: dict[str, Decoder], parts: Sequence[Case], rounds: int
) -> dict[str, list[Cost]]:
    """The costs of each decoder in every round that it took part in."""
    clock = Clock()
    for name in ("encode", "next_logits", "generate"):
        setattr(network, name, clock.timed("network", getattr(network, name)))
    GrammarMask.__call__ = clock.timed("grammar", GrammarMask.__call__)  # type: ignore[method-assign]
    costs: dict[str, list[Cost]] = {name: [] for name in decoders}
    with Sandbox(profile="interp") as box:
        for decoder in decoders.values():  # whatever is made when first needed
            decode(network, decoder, parts[:1], box)
    for _ in range(rounds):
        for name, decoder in decoders.items():
            if not costs[name] or costs[name][0]["cpu"] * len(parts) < SLOW_S:
                timed = replace(decoder, choose=clock.timed("looking", decoder.choose))
                costs[name].append(_cost(network, timed, parts, clock))
    return costs


def _cost(network: Network, decoder: Decoder, parts: Sequence[Case], clock: Clock) -> Cost:
    """In a sandbox of its own: another would remember the programs that decodings before had it execute."""
    with Sandbox(profile="interp") as box:
        warm(box)
        box.run = clock.timed("execution", box.run)  # type: ignore[method-assign]
        clock.seconds.clear()
        wall, own, caged = time.perf_counter(), time.process_time(), cpu_of(box)
        decode(network, decoder, parts, box)
        wall, own, caged = time.perf_counter() - wall, time.process_time() - own, cpu_of(box) - caged
    cost = clock.seconds + Counter(execution=caged)
    cost["rest"] = own - sum(clock.seconds.values())
    return Counter(
        {name: seconds / len(parts) for name, seconds in (cost | Counter(wall=wall, cpu=own + caged)).items()}
    )


def _tell(costs: dict[str, list[Cost]], names: Sequence[str], base: str) -> None:
    rows = []
    for name in names:
        own = {what: median(cost[what] for cost in costs[name]) for what in ("cpu", "wall", *SHARES)}
        # Of the same round each, which may have been busier than the next.
        times = {
            what: median(a[what] / b[what] for a, b in zip(costs[name], costs[base], strict=False))
            for what in ("cpu", "wall")
        }
        shares = (f"{100 * own[share] / own['cpu']:.0f}%" for share in SHARES)
        rows.append(
            (name, f"{own['cpu']:.3f}", f"{times['cpu']:.2f}", f"{own['wall']:.3f}", f"{times['wall']:.2f}", *shares)
        )
    table("", "CPU s/image", f"of {base}", "wall s/image", f"of {base}", *SHARES, rows=rows)


if __name__ == "__main__":
    main()
