"""python -m cadgen.doctor: what works on this machine, what does not, and the remedy.

The main job is done once: the shipped weights read a picture of a part, and the sandbox runs the program they write.
The exit status is 0 where it can be done, else 1.
"""

import argparse
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table

from cadgen.interrupt import run_command
from cadgen.shape import PROFILES, Sandbox

_SEED = 0  # of the part that is drawn to be read
_SETUP = "make setup, or pip install 'cadgen[train]'"
_EXAMPLES = """examples:
  python -m cadgen.doctor && make demo     the demo only where it can work
"""


def _package(name: str, remedy: str) -> Callable[[], str]:
    def check() -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            raise RuntimeError(f"not installed: {remedy}") from None

    return check


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, bf16-mixed"
    bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return f"CPU, {os.cpu_count()} cores, bfloat16 {'in hardware' if bf16 else 'not in hardware'}"


def _network() -> str:
    from cadgen.model import compact, count_parameters

    total, _ = count_parameters(compact())
    return f"model=compact, {total:,} parameters, needs no download"


def _sandbox() -> str:
    programs = [
        "import cadquery as cq\nresult=cq.Workplane().box(1,2,3)",
        "while True: pass",
        "import os; os._exit(0)",
        "x=bytearray(10**12)",
    ]
    with Sandbox(workers=2, timeout_s=2.0) as box:
        statuses = [execution.status for execution in box.run(programs)]
        cage = box.describe()
    if statuses != ["ok", "timeout", "crash", "memory"]:
        raise RuntimeError(f"a box, a hang, an exit and a memory bomb ended as {statuses}")
    return f"{cage}; self-test passed; contains a hang, an exit and a memory bomb; profiles: {', '.join(PROFILES)}"


def _main_job() -> str:
    import numpy as np
    from PIL import Image

    from cadgen.infer import generate
    from cadgen.parts import draw_pair

    picture, _ = draw_pair(_SEED)
    program = generate(Image.fromarray(np.asarray(picture)))
    with Sandbox(workers=1, profile="interp") as box:
        (execution,) = box.run([program.code])
    if execution.solid is None:
        raise RuntimeError(f"the shipped weights wrote a program that leaves no solid: {execution.status}")
    return f"the shipped weights made a program of {len(program.code)} characters from a picture; it builds a solid"


def _hub() -> str:
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        raise RuntimeError("HF_HUB_OFFLINE is set: only model=compact and cached models load")
    try:
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception as error:  # the hub client raises many kinds
        raise RuntimeError(f"unreachable ({type(error).__name__}): only model=compact and cached models load") from None
    return "reachable"


# name, check, whether the main job needs it
_CHECKS: tuple[tuple[str, Callable[[], str], bool], ...] = (
    ("cadquery", _package("cadquery", _SETUP), True),
    ("torch", _package("torch", _SETUP), True),
    ("lightning", _package("lightning", _SETUP), True),
    ("device", _device, True),
    ("network", _network, True),
    ("sandbox", _sandbox, True),
    ("main job", _main_job, True),
    ("wandb", _package("wandb", "pip install -e '.[wandb]' -c constraints.txt; logger=csv works without"), False),
    ("hub", _hub, False),
)


def parser() -> argparse.ArgumentParser:
    """What the command is given: nothing but --help."""
    return argparse.ArgumentParser(
        prog="python -m cadgen.doctor",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def main() -> int:
    """Exit status 1 when something that the main job needs does not work."""
    parser().parse_args()
    table, broken = Table("what", "works", "detail or remedy"), False
    for name, check, needed in _CHECKS:
        try:
            table.add_row(name, "yes", check())
        except Exception as error:  # whatever is wrong with a machine belongs in the table
            broken = broken or needed
            table.add_row(name, "NO" if needed else "no (optional)", str(error) or type(error).__name__)
    Console().print(table)
    return 1 if broken else 0


if __name__ == "__main__":
    run_command(main)
