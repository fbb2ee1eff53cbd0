"""Where `conf/` and `callbacks/` are: beside the package in a checkout, in `cadgen/lab/` in a wheel. Whole files."""

import sys
from pathlib import Path


def config_folder() -> str:
    """The folder for `@hydra.main(config_path=...)`. Also makes `callbacks` importable under that one name.

    Only the commands that read the configuration call it, so that `import cadgen` leaves `sys.path` alone.
    """
    package = Path(__file__).resolve().parent
    # lab/ first: only a wheel has it, and the folder beside that is site-packages, which may hold anyone's conf/.
    homes = (package / "lab", package.parent)
    for home in homes:
        if (home / "conf" / "train.yaml").is_file():
            if str(home) not in sys.path:
                sys.path.insert(0, str(home))
            return str(home / "conf")
    raise FileNotFoundError(
        f"No conf/train.yaml in {homes[0]} or {homes[1]}: reinstall cadgen, or work in a complete checkout"
    )


def write_whole(path: Path, text: str) -> Path:
    """Replaces `path` in one step, so that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text)
    return draft.replace(path)
