"""python -m cadgen.data.fit_tokenizer OUT: the tokenizer shipped with `model=compact`.

It is fitted to 20,000 generated programs and 3,000 of each family beyond them whose programs are folds of steps.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from cadgen.model.tokenizer import fit_tokenizer
from cadgen.parts import sample_program
from cadgen.program import write

_LARGEST = 400  # parts reach from -192 to 192, depths to 384
_BEYOND = ("revolve", "leaning", "arrayed", "counterbore")


def main(out: Path) -> None:
    tokenizer = fit_tokenizer(_programs(), _LARGEST)
    tokenizer.backend_tokenizer.save(str(out))
    print(f"{len(tokenizer)} tokens in {out}")


def _programs() -> Iterator[str]:
    yield from (write(sample_program(seed)) for seed in range(20_000))
    for family in _BEYOND:
        yield from (write(sample_program(seed, {family: 1})) for seed in range(3000))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
