"""python -m cadgen.train experiment=baseline|enhanced|overfit_one [key=value ...]: train, judge, print the table.

The run folder holds last.ckpt (resume=FOLDER goes on exactly where it stopped), best/ (the network of the best
validation IoU), metrics.csv, rows.jsonl, run.json, table.md, sheet.png and report.html. --help lists the choices.
"""

from contextlib import closing
from functools import partial
from pathlib import Path

import hydra
import lightning as L
import torch
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.loggers import Logger, WandbLogger
from omegaconf import DictConfig, OmegaConf

from cadgen.decode import Decoder
from cadgen.eval.comparison import rows_beside
from cadgen.eval.judge import judge_decodings
from cadgen.eval.provenance import RUNNING, write_run
from cadgen.eval.row import Row
from cadgen.eval.truth_files import truths_of
from cadgen.interrupt import run_command
from cadgen.job import plain, run_job
from cadgen.model import Network, load_network
from cadgen.opening import tell_opening
from cadgen.paths import config_folder
from cadgen.report.board import log_judged
from cadgen.report.write import write_report
from cadgen.settings import made, register
from cadgen.shape import Sandbox
from cadgen.training.checkpoint_io import StateFiles
from cadgen.training.data import CadData
from cadgen.training.module import LitCadgen

# `${or:a,b}` in conf: the first that is set.
OmegaConf.register_new_resolver("or", lambda *values: next((value for value in values if value), None), replace=True)

register()

# Of the trainer's settings those whose type Lightning does not look at.
_NUMBERS = (
    "max_epochs",
    "accumulate_grad_batches",
    "gradient_clip_val",
    "log_every_n_steps",
    "num_sanity_val_steps",
    "num_nodes",
)


def train(config: DictConfig) -> list[Row]:
    """One run in config.run_dir; returns the rows of the best network on the validation samples.

    Without decodings nothing is executed and there are no rows: so it trains where no CAD kernel is installed.
    """
    run_dir = Path(config.run_dir)
    last = run_dir / "last.ckpt"
    if config.resume and not last.is_file():
        raise ValueError(f"resume={config.resume}: there is no last.ckpt in it; give the folder of an interrupted run")
    L.seed_everything(config.seed, workers=True, verbose=False)
    network: Network = hydra.utils.instantiate(config.model, _convert_="all")
    training, val = (hydra.utils.instantiate(node, _convert_="all") for node in (config.data.train, config.data.val))
    given = {"limit": config.limit, "seed": config.seed}
    data = made("data.loader", CadData, network, training, val, **config.data.loader, **given)
    decodings = {name: hydra.utils.instantiate(node) for name, node in config.decodings.items()}
    objective = hydra.utils.instantiate(config.objective)(network)
    module = made("optim", LitCadgen, network, objective, **config.optim, seed=config.seed)
    with closing(made("sandbox", Sandbox, **config.sandbox)) as box:  # it starts when the first program is executed
        trainer = _trainer(config, decodings, box)
        tell_opening(config, network, data, trainer)
        trainer.fit(module, datamodule=data, ckpt_path=str(last) if config.resume else None)
        if not trainer.is_global_zero:
            return []
        if not decodings:
            print(f"run: {run_dir}")
            return []
        write_run(run_dir, plain(config), status=RUNNING, step=trainer.global_step)  # trained, but not judged yet
        best = load_network(run_dir / "best").eval().to(module.device)
        truths, left_out = truths_of(data.val_samples, box)
        judged = judge_decodings(best, decodings, data.val_samples, truths, box)
        beside = rows_beside(truths, box)
        rows = write_report(judged, beside, truths, data.val_samples, run_dir, plain(config), box, left_out)
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                log_judged(logger.experiment, rows, data.val_samples, run_dir, box, run_dir / "best")
    print(f"run: {run_dir}")
    return rows


def _trainer(config: DictConfig, decodings: dict[str, Decoder], box: Sandbox) -> L.Trainer:
    settings = hydra.utils.instantiate(config.trainer, _convert_="all")
    if settings["precision"] == "auto":
        fast_bf16 = torch.cuda.is_available() or torch.ops.mkldnn._is_mkldnn_bf16_supported()
        settings["precision"] = "bf16-mixed" if fast_bf16 else "32-true"
    for name in _NUMBERS:
        if isinstance(settings.get(name), str):
            raise ValueError(f"trainer.{name}={settings[name]} is no number")
    nodes = {name: node for name, node in config.callbacks.items() if node is not None}
    # What conf cannot say. Partial: as arguments of instantiate these would become configuration nodes.
    given = {
        "decoding_eval": (box, decodings),
        "sample_table": (box,),
        "run_record": (plain(config),),
        "introduce": (plain(config),),
    }
    if not decodings:
        nodes.pop("decoding_eval", None)
    loggers = _loggers(config.logger)
    if not loggers:  # Lightning's refuses to be where nobody writes it down
        nodes.pop("learning_rate", None)
    callbacks = [
        hydra.utils.instantiate(node, _partial_=True)(*given[name]) if name in given else hydra.utils.instantiate(node)
        for name, node in nodes.items()
    ]
    fixed = partial(
        L.Trainer,
        callbacks=callbacks,
        logger=loggers,
        default_root_dir=config.run_dir,
        plugins=[StateFiles()],
        enable_progress_bar=any(isinstance(one, ProgressBar) for one in callbacks),  # else Lightning adds its own
    )
    return made("trainer", fixed, **settings)


def _loggers(node: DictConfig | None) -> list[Logger]:
    """One, or several by name."""
    named = {"logger": node} if node is None or "_target_" in node else node
    return [hydra.utils.instantiate(one) for one in named.values() if one is not None]


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="train")
def main(config: DictConfig) -> None:
    run_job(train, config)


if __name__ == "__main__":
    run_command(main)
