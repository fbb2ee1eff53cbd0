"""What is silenced, and what is not."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def told(code: str) -> str:
    """What Lightning's own ways of telling leave on stderr, in a process of its own."""
    head = """
from cadgen.adverts import silence
from lightning.pytorch.utilities.rank_zero import rank_zero_info, rank_zero_warn
silence(), silence()
"""
    command = [sys.executable, "-c", head + code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_adverts_and_deprecations_of_libraries_are_not_told_and_all_else_is():
    err = told("""
rank_zero_info("\U0001f4a1 Tip: For seamless cloud logging and experiment tracking, try installing [litlogger]")
rank_zero_info("Loading `train_dataloader` to estimate number of stepping batches.")
rank_zero_info("GPU available: False, used: False")
rank_zero_warn("Checkpoint directory /run exists and is not empty.")
rank_zero_warn("Experiment logs directory /run/ exists and is not empty. Previous log files will be deleted")
rank_zero_warn("`isinstance(treespec, LeafSpec)` is deprecated, use another")
rank_zero_warn("The number of training batches (2) is smaller than the logging interval")
import warnings
warnings.warn("`is_gradient_checkpointing` is deprecated and will be removed in v6.", FutureWarning)
warnings.warn("`other` is deprecated", FutureWarning)
""")
    assert (
        "Tip" not in err
        and "Loading" not in err
        and "not empty" not in err
        and "LeafSpec" not in err
        and "gradient" not in err
    )
    assert "GPU available" in err and "number of training batches (2)" in err and "`other` is deprecated" in err


def test_lightning_says_these_things_in_these_words():
    """Else what is silenced would be told again, unseen."""
    import lightning

    home = Path(lightning.__file__).parent
    words = {
        "pytorch/trainer/connectors/logger_connector/logger_connector.py": "Tip: For seamless cloud ",
        "pytorch/trainer/trainer.py": "Loading `train_dataloader` to estimate ",
        "pytorch/callbacks/model_checkpoint.py": "exists and is not empty",
        "fabric/loggers/csv_logs.py": "exists and is not empty",
    }
    assert all(text in (home / path).read_text() for path, text in words.items())
