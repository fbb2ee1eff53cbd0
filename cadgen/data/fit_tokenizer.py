"""python -m cadgen.data.fit_tokenizer OUT: the tokenizer shipped with `model=compact`.

It is fitted to 20,000 generated programs.
"""

import sys
from pathlib import Path

from cadgen.model.tokenizer import fit_tokenizer
from cadgen.parts import sample_program
from cadgen.program import write

_LARGEST = 400  # parts reach from -192 to 192, depths to 384


def main(out: Path) -> None:
    programs = (write(sample_program(seed)) for seed in range(20_000))
    tokenizer = fit_tokenizer(programs, _LARGEST)
    tokenizer.backend_tokenizer.save(str(out))
    print(f"{len(tokenizer)} tokens in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
