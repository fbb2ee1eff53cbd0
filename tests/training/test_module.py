from inspect import signature
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import Timer
from omegaconf import OmegaConf

from cadgen.data import Sample, Stream
from cadgen.model import compact
from cadgen.paths import config_folder
from cadgen.training.data import CadData
from cadgen.training.module import LitCadgen
from cadgen.training.objective import Likelihood
from callbacks.average import Average
from callbacks.throughput import Throughput

CODE = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle({}).extrude(5)\n"


def made():
    """The same tiny network at every call."""
    torch.manual_seed(0)
    sizes = {"vision_width": 64, "vision_layers": 1, "decoder_width": 64, "decoder_layers": 1}
    return compact(image_size=32, stem=(8, 16), sees=("grey",), **sizes)


@pytest.fixture
def network():
    return made()


def fit(network, callbacks=(), steps=4, **settings):
    """The module after `steps` batches of a stream, and its trainer."""
    stream = Stream(lambda seed, size: (np.full((size, size, 3), seed % 256, np.uint8), CODE.format(seed % 300)), 0, 32)
    data = CadData(network, stream, [Sample("0", b"", CODE.format(1))], 4, steps_per_epoch=steps, num_workers=0)
    objective = Likelihood(network, number_spread=1.5, presence_weight=0.02)
    module = LitCadgen(network, objective, learning_rate=1e-2, warmup_steps=1)
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=1, limit_val_batches=0, callbacks=list(callbacks), gradient_clip_val=1.0, **quiet,
        **settings,
    )  # fmt: skip
    trainer.fit(module, datamodule=data)
    return module, trainer


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_training_clips_and_steps_in_every_precision(precision, network):
    before = network.projector.weight.detach().clone()
    module, trainer = fit(network, precision=precision, accumulate_grad_batches=2)
    assert trainer.global_step == 2
    assert (
        torch.isfinite(trainer.callback_metrics["train/loss"])
        and torch.isfinite(module.objective.presence.weight).all()
    )
    assert not torch.equal(before, network.projector.weight)


@pytest.mark.parametrize(
    ("share", "rates"),
    [(1.0, [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]), (0.3, [0.5, *[1] * 7, 2 / 3, 1 / 3])],
)
def test_the_learning_rate_warms_up_holds_and_falls_over_the_share_that_was_given(share, rates, network):
    module = LitCadgen(network, Likelihood(network), learning_rate=1.0, warmup_steps=2, decay_share=share)
    module._trainer = type("Trainer", (), {"estimated_stepping_batches": 10, "precision": "32-true", "callbacks": []})()
    made = module.configure_optimizers()
    seen = []
    for _ in rates:
        seen.append(made["optimizer"].param_groups[0]["lr"])
        made["optimizer"].step()
        made["lr_scheduler"]["scheduler"].step()
    assert seen == pytest.approx(rates)


class _Ticking(Timer):
    """A clock on which every step takes a second."""

    def time_elapsed(self, stage="train"):
        return float(self.steps)


def test_with_limited_time_the_learning_rate_goes_by_the_clock_and_is_low_at_the_end(network, monkeypatch):
    monkeypatch.setattr(_Ticking, "steps", 0, raising=False)
    rates = []

    class Rates(L.Callback):
        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            _Ticking.steps += 1
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    fit(network, [_Ticking("00:00:00:10"), Rates()], steps=40)
    assert np.allclose(rates, 1e-2 * np.arange(10, -1, -1) / 10)  # set before the clock ticks, for the next step


def test_the_average_is_what_training_ends_with_and_moves_less_than_the_weights():
    start, last, averaged = (made() for _ in range(3))
    fit(last)
    fit(averaged, [Average(decay=0.9)])
    distance = [(network.projector.weight - start.projector.weight).norm() for network in (last, averaged)]
    assert 0 < distance[1] < distance[0]


def test_throughput_tells_pairs_per_second_and_the_share_of_waiting(network):
    _, trainer = fit(network, [Throughput(every_n_steps=2)])
    assert trainer.callback_metrics["train/samples_per_s"] > 0
    assert 0 <= trainer.callback_metrics["train/wait_share"] <= 1


def test_what_an_objective_learns_for_itself_is_not_decayed(network):
    module, trainer = fit(network)
    (optimiser,) = trainer.optimizers
    own = {id(parameter) for parameter in module.objective.parameters()}
    decay = {id(each): group["weight_decay"] for group in optimiser.param_groups for each in group["params"]}
    assert own and {decay[each] for each in own} == {0.0}
    assert max(decay.values()) == module.weight_decay > 0


def test_who_calls_it_from_python_trains_as_the_command_does():
    told = OmegaConf.load(Path(config_folder()) / "train.yaml").optim
    defaults = {name: each.default for name, each in signature(LitCadgen).parameters.items()}
    assert told and {name: defaults[name] for name in told} == told
