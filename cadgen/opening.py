"""What a training tells before its first step: what is trained, on what, how long, and where the results go."""

from collections.abc import Mapping, Sized

import lightning as L
from hydra.core.hydra_config import HydraConfig
from lightning.fabric.utilities.rank_zero import rank_zero_only
from omegaconf import DictConfig

from cadgen.label import shown
from cadgen.model import Network, count_parameters
from cadgen.training.data import CadData


@rank_zero_only
def tell_opening(config: DictConfig, network: Network, data: CadData, trainer: L.Trainer) -> None:
    """Prints the settings that matter; run.json in the run's folder has all."""
    lines = opening(config, network, data, trainer, _choices())
    width = max(map(len, lines))
    print("\n".join(f"{name:{width}}  {shown(line)}" for name, line in lines.items()), flush=True)


def opening(
    config: DictConfig, network: Network, data: CadData, trainer: L.Trainer, choices: Mapping[str, str]
) -> dict[str, str]:
    """Each line by its name. choices: group of conf -> what was chosen; empty outside a command."""
    total, trained = count_parameters(network)
    drawn = (
        f"{len(data.train_samples):,} samples" if isinstance(data.train_samples, Sized) else "drawn as they are needed"
    )
    pictures = data.batch_size * trainer.accumulate_grad_batches * trainer.world_size
    limit = config.trainer.get("max_time")
    end = f"until {limit} (DD:HH:MM:SS) have passed, in" if limit else str(trainer.max_epochs)
    decodings = f"judged by {', '.join(config.decodings)}" if config.decodings else "no decoding"
    return {
        "experiment": f"{config.name}, seed {config.seed}",
        "network": f"{_of(choices, 'model')}{total:,} parameters, {trained:,} of them trained",
        "data": f"{_of(choices, 'data')}{drawn} to train on, {len(data.val_samples):,} to validate by",
        "training": f"{end} epochs of {data.steps_per_epoch} batches; {pictures} pictures a step",
        "objective": f"{_of(choices, 'objective')}learning rate {config.optim.learning_rate:g}",
        "validation": f"{decodings}; the best network by {config.monitor}",
        "machine": f"{trainer.world_size} x {trainer.strategy.root_device.type}, {trainer.precision}",
        "results": str(config.run_dir),
    }  # fmt: skip


def _of(choices: Mapping[str, str], group: str) -> str:
    return f"{choices[group]}, " if choices.get(group) else ""


def _choices() -> Mapping[str, str]:
    return HydraConfig.get().runtime.choices if HydraConfig.initialized() else {}
