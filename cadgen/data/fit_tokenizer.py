"""python -m cadgen.data.fit_tokenizer OUT: the tokenizer shipped with `model=compact`.

It is fitted to 20,000 generated programs and 3,000 of each family beyond them whose programs are folds of steps.
With --network RUN OUT is a checkpoint folder: that network with this tokenizer, to be trained on.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from cadgen.model import find_checkpoint, load_network, save_network
from cadgen.model.carry import carried
from cadgen.model.tokenizer import fit_tokenizer
from cadgen.parts import sample_program
from cadgen.program import write

_LARGEST = 400  # parts reach from -192 to 192, depths to 384
_BEYOND = ("revolve", "leaning", "arrayed", "counterbore")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--network", metavar="RUN", help="a run, or a checkpoint folder")
    arguments = parser.parse_args()
    tokenizer = fit_tokenizer(_programs(), _LARGEST)
    if arguments.network is None:
        tokenizer.backend_tokenizer.save(str(arguments.out))
    else:
        save_network(carried(load_network(find_checkpoint(arguments.network)), tokenizer), arguments.out)
    print(f"{len(tokenizer)} tokens in {arguments.out}")


def _programs() -> Iterator[str]:
    yield from (write(sample_program(seed)) for seed in range(20_000))
    for family in _BEYOND:
        yield from (write(sample_program(seed, {family: 1})) for seed in range(3000))


if __name__ == "__main__":
    main()
