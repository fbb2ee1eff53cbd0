import json
import signal

import lightning as L
import pytest

from cadgen.interrupt import Interrupted
from callbacks.run_record import RunRecord
from tests.training.test_module import fit, made


class Fate(L.Callback):
    """Reads the record at the second batch, then ends the run with `error`."""

    def __init__(self, folder, error=None):
        self.folder, self.error, self.seen = folder, error, None

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if batch_idx == 1:
            self.seen = record(self.folder)
            if self.error is not None:
                raise self.error


def record(folder):
    return json.loads((folder / "run.json").read_text())


@pytest.mark.parametrize(
    ("error", "raised", "status", "step"),
    [
        (None, None, "finished", 4),
        (KeyboardInterrupt(), SystemExit, "interrupted", 2),
        (Interrupted(signal.SIGTERM), Interrupted, "interrupted", 2),
        (RuntimeError("the disk is full"), RuntimeError, "failed", 2),
    ],
)
def test_the_record_tells_how_a_run_ended_and_how_far_it_came(error, raised, status, step, tmp_path):
    fate = Fate(tmp_path, error)
    callbacks = [RunRecord({"seed": 3}, str(tmp_path)), fate]
    if raised is None:
        fit(made(), callbacks)
    else:
        with pytest.raises(raised):
            fit(made(), callbacks)
    assert fate.seen["status"] == "running" and fate.seen["config"] == {"seed": 3}
    last = record(tmp_path)
    assert (last["status"], last["step"]) == (status, step)
    assert last["commit"] and last["command"]
    assert ("the disk is full" in last.get("error", "")) == (status == "failed")
