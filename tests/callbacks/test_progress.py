import re
from types import SimpleNamespace

import pytest
import torch

from callbacks import progress
from callbacks.gradient_norm import GradientNorm
from tests.training.test_module import fit, made


class Losses(progress.L.Callback):
    """What the module says of each batch, and the gradients of each step."""

    def __init__(self):
        self.batches, self.norms, self.logged = [], [], []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        told = trainer.callback_metrics
        self.batches.append(float(told["train/loss"] + 0.02 * told["train/presence"]))
        self.logged.append(float(told["train/gradient_norm"]) if "train/gradient_norm" in told else None)

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        squares = sum(one.grad.double().square().sum() for one in pl_module.parameters() if one.grad is not None)
        self.norms.append(float(squares.sqrt()))


@pytest.fixture(scope="module")
def told():
    """(lines, losses) of four batches, two to a step, each told of."""
    seen, lines = Losses(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "_SECONDS_BETWEEN_LINES", -1.0)
        patch.setattr(progress, "print", lambda line, flush: lines.append(line), raising=False)
        fit(made(), [GradientNorm(), seen, progress.PlainLines()], steps=4, accumulate_grad_batches=2)
    return lines, seen


def test_the_loss_of_a_line_is_that_of_its_batch_however_many_make_a_step(told):
    lines, seen = told
    losses = [float(re.search(r"loss (\S+)", line)[1]) for line in lines]
    assert losses == pytest.approx(seen.batches, abs=6e-4) and min(losses) > 1


def test_before_the_first_step_nobody_knows_how_long_it_takes(told):
    lines, _ = told
    assert lines[0].startswith("step 0/2  loss ") and "min left" not in lines[0]
    assert all(re.fullmatch(r"step [12]/2  loss \S+  \S+ steps/s  \d+ min left", line) for line in lines[1:])


def test_the_norm_is_that_of_all_gradients_before_they_are_clipped(told):
    _, seen = told
    assert seen.logged[0] is None  # no step yet
    assert seen.logged[1::2] == pytest.approx(seen.norms, rel=1e-4) and max(seen.norms) > 1


@pytest.mark.parametrize(
    ("limit_s", "steps", "speed", "place", "pace"),
    [
        (None, 10, 0.0, "step 3/10", ""),
        (None, 10, 0.5, "step 3/10", "0.50 steps/s  0 min left"),
        (None, float("inf"), 0.5, "step 3", "0.50 steps/s"),
        (600.0, float("inf"), 0.5, "step 3/303", "0.50 steps/s  10 min left"),
        (600.0, float("inf"), 0.0, "step 3", ""),
    ],
)
def test_what_is_left_follows_from_steps_or_from_time_or_is_not_told(limit_s, steps, speed, place, pace, monkeypatch):
    timer = limit_s and SimpleNamespace(time_remaining=lambda: limit_s)
    monkeypatch.setattr(progress, "timer_of", lambda _: timer)
    trainer = SimpleNamespace(global_step=3, estimated_stepping_batches=steps)
    assert (progress._place(trainer, speed), progress._pace(trainer, speed)) == (place, pace)


def test_a_network_without_gradients_has_no_norm_to_fail_by():
    assert float(torch.nn.utils.get_total_norm([])) == 0
