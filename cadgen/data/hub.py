"""GenCAD-Code (Doris et al. 2025): pictures and CadQuery programs of DeepCAD parts, as published on the hub.

Columns of `CADCODER/GenCAD-Code`: image, deepcad_id, cadquery, token_count, prompt, hundred_subset. Its card names no
licence. Splits: train 147,289, validation 8,204, test 7,355.
"""

from functools import partial
from pathlib import Path

from cadgen.data.parquet import Columns, read_parquet
from cadgen.data.sample import DataError, Sample, read_folder
from cadgen.program import GRID

REPOSITORY = "CADCODER/GenCAD-Code"
SPLITS = {"train": 147_289, "validation": 8_204, "test": 7_355}
_COLUMNS = Columns(id="deepcad_id", image="image", code="cadquery")
_REMEDY = (
    "fetch it where there is a network (hf download CADCODER/GenCAD-Code --repo-type dataset), copy the cache or its "
    "parquet files here and name the folder (data.root=FOLDER), or use data=synthetic, which needs no download"
)


def gencad(split: str, root: str | Path | None = None, grid: float = GRID) -> list[Sample]:
    """The samples of one split.

    root: a folder with `manifest.jsonl` (which is all one split), or with the parquet files of the hub, `{split}-*`,
    at any depth; None: the hub's cache, then the hub. Raises `DataError` with the remedy.
    """
    if split not in SPLITS:
        raise DataError(f"split={split} is unknown; choose one of {', '.join(SPLITS)}")
    if root is None:
        return read_parquet(_shards(_fetch(split), split), _COLUMNS, grid)
    if not Path(root).is_dir():
        raise DataError(f"{root}/manifest.jsonl does not exist, nor does the folder; {_REMEDY}")
    if (Path(root) / "manifest.jsonl").is_file():
        return read_folder(root, grid)
    return read_parquet(_shards(Path(root), split), _COLUMNS, grid)


def _shards(folder: Path, split: str) -> list[Path]:
    paths = sorted(folder.rglob(f"{split}-*.parquet"))
    if not paths:
        raise DataError(
            f"{folder}/manifest.jsonl does not exist, and there is no {split}-*.parquet in the folder; {_REMEDY}"
        )
    return paths


def _fetch(split: str) -> Path:
    """The cached snapshot, or a fresh one; looks locally first, since an unreachable hub costs most of a minute."""
    from huggingface_hub import constants, get_session, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    download = partial(snapshot_download, REPOSITORY, repo_type="dataset", allow_patterns=[f"data/{split}-*"])
    try:
        cached = Path(download(local_files_only=True))
        if any(cached.rglob(f"{split}-*.parquet")):
            return cached
    except LocalEntryNotFoundError:
        pass
    reason = "HF_HUB_OFFLINE is set"
    try:
        if not constants.HF_HUB_OFFLINE:
            get_session().head(constants.ENDPOINT, timeout=5)
            return Path(download())
    except Exception as error:  # the hub client raises many kinds, all of which mean that there are no data
        reason = type(error).__name__
    raise DataError(f"{REPOSITORY} is not in the local cache and the hub cannot be reached ({reason}); {_REMEDY}")
