"""What tells one checkpoint from another: `fingerprint`."""

import hashlib
from pathlib import Path

_FILES = ("config.json", "tokenizer.json", "model.safetensors")


def fingerprint(folder: Path) -> str | None:
    """SHA-256 of the files of a checkpoint folder, whatever their times; None where one is missing."""
    digest = hashlib.sha256()
    for name in _FILES:
        if not (folder / name).is_file():
            return None
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
