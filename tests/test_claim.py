import os
import subprocess
import sys
from pathlib import Path

import pytest

from cadgen.claim import claim

ROOT = Path(__file__).resolve().parent.parent
HOLDER = """
import sys
from pathlib import Path
from cadgen.claim import claim
claim(Path(sys.argv[1]))
print("claimed", flush=True)
sys.stdin.read()
"""


def test_a_folder_that_a_process_works_in_is_refused_naming_it_and_free_once_that_is_gone(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"claimed\n"
    with pytest.raises(ValueError, match=f"in use by process {holder.pid} .*{tmp_path}"):
        claim(tmp_path)
    holder.kill()
    holder.communicate()
    claim(tmp_path)
    claim(tmp_path)  # twice by one process is no conflict


def test_a_folder_of_nobody_is_made(tmp_path):
    claim(tmp_path / "deep" / "run")
    assert (tmp_path / "deep" / "run").is_dir()


@pytest.mark.parametrize("name", [".lock", "judged-0.jsonl", ".hydra", "validation/rows.jsonl", "samples"])
def test_a_folder_with_a_link_out_of_it_is_refused_and_nothing_is_written_there(name, tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "run"
    outside.write_text("theirs")
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(outside)
    with pytest.raises(ValueError, match=f"{name} is a link"):
        claim(folder)
    assert outside.read_text() == "theirs"


def test_a_pipe_in_a_folder_is_refused_and_the_links_of_wandb_are_not(tmp_path):
    for of_wandb in (tmp_path / "wandb", tmp_path / "beam_2" / "wandb"):
        of_wandb.mkdir(parents=True)
        (of_wandb / "latest-run").symlink_to("offline-run-1")
    claim(tmp_path)
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(ValueError, match=r"run\.json is a link, a pipe"):
        claim(tmp_path)
