"""python -m cadgen.train experiment=baseline|enhanced|overfit_one [key=value ...]: train, judge, print the table.

The run folder holds last.ckpt (resume=FOLDER goes on exactly where it stopped), best/ (the network of the best
validation IoU), metrics.csv, rows.jsonl, run.json, table.md and sheet.png. --help lists the choices.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import hydra
import lightning as L
import torch
from omegaconf import DictConfig, OmegaConf
from rich.progress import track

from cadgen.bench import Truth, constant_rows, decode, judge, reference_rows
from cadgen.breakdown import breakdown_markdown, write_breakdown
from cadgen.compare import markdown, summarise, write_table
from cadgen.data import Sample
from cadgen.datamodule import CadData
from cadgen.decode import Decoder
from cadgen.infer import cases, truths_of
from cadgen.lit import LitCadgen
from cadgen.model import Network, count_parameters, load_network
from cadgen.paths import config_folder
from cadgen.record import CONSTANT, Row, write_rows, write_run
from cadgen.shape import Sandbox
from cadgen.sheet import write_sheet
from cadgen.sweep import FINISHED, plain, run_job

# `${or:a,b}` in conf: the first that is set.
OmegaConf.register_new_resolver("or", lambda *values: next((value for value in values if value), None), replace=True)


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
    total, trainable = count_parameters(network)
    print(f"network: {total:,} parameters, {trainable:,} of them trained")
    training, val = (hydra.utils.instantiate(node, _convert_="all") for node in (config.data.train, config.data.val))
    data = CadData(network, training, val, **config.data.loader, seed=config.seed)
    decodings = {name: hydra.utils.instantiate(node) for name, node in config.decodings.items()}
    module = LitCadgen(network, **config.optim, seed=config.seed)
    trainer = _trainer(config, decodings)
    trainer.fit(module, datamodule=data, ckpt_path=str(last) if config.resume else None, weights_only=False)
    if not trainer.is_global_zero:
        return []
    if not decodings:
        print(f"run: {run_dir}")
        return []
    best = load_network(run_dir / "best").eval().to(module.device)
    rows = judge_network(best, decodings, data.val_samples, run_dir, config)
    print(f"run: {run_dir}")
    return rows


def judge_network(
    network: Network, decodings: dict[str, Decoder], samples: list[Sample], run_dir: Path, config: DictConfig
) -> list[Row]:
    """Decodes and judges every sample; then as `conclude`."""
    with Sandbox(**config.sandbox) as box:
        truths = truths_of(samples, box)
        rows = judge_decodings(network, decodings, samples, truths, box)
        return conclude(rows, truths, samples, decodings, run_dir, config, box)


def judge_decodings(
    network: Network,
    decodings: dict[str, Decoder],
    samples: Sequence[Sample],
    truths: dict[str, Truth],
    box: Sandbox,
    oracle: bool = False,
    is_quiet: bool = False,
) -> list[Row]:
    """The rows of every decoding. oracle: see `judge`; is_quiet: shows no progress."""
    rows = []
    for name, decoder in decodings.items():
        pictures = track(cases(samples, network.image_size), name, total=len(samples), disable=is_quiet)
        decoded = decode(network, decoder, pictures, box)
        rows += judge(name, decoded, truths, box, oracle)
    return rows


def conclude(
    decoded: Sequence[Row],
    truths: dict[str, Truth],
    samples: list[Sample],
    decodings: dict[str, Decoder],
    run_dir: Path,
    config: DictConfig,
    box: Sandbox,
) -> list[Row]:
    """The rows of what needs no network, and those decoded: written with run.json, tables and the contact sheet."""
    rows = constant_rows(truths, box)
    if any(truth.step for truth in truths.values()):
        rows += reference_rows(truths)
    rows += decoded
    shown = [row for row in rows if row.decoding == list(decodings)[-1]]
    sheet = write_sheet(run_dir / "sheet.png", samples, shown, box)
    write_rows(rows, run_dir)
    write_run(run_dir, plain(config), status=FINISHED)
    runs = {run_dir.name: rows}
    write_table(summarise(runs), run_dir)
    write_breakdown(runs, run_dir)
    print(markdown(summarise(runs)), breakdown_markdown(runs), sep="\n", end="")
    print(f"'{CONSTANT}' answers one box to every picture. Table: {run_dir / 'table.md'}, pictures: {sheet}")
    return rows


def _trainer(config: DictConfig, decodings: dict[str, Decoder]) -> L.Trainer:
    settings = cast(dict, OmegaConf.to_container(config.trainer, resolve=True))
    if settings["precision"] == "auto":
        fast_bf16 = torch.cuda.is_available() or torch.ops.mkldnn._is_mkldnn_bf16_supported()
        settings["precision"] = "bf16-mixed" if fast_bf16 else "32-true"
    nodes = {name: node for name, node in config.callbacks.items() if node is not None}
    # What conf cannot say. Partial: as arguments of instantiate these would become configuration nodes.
    given = {"decoding_eval": decodings, "run_record": plain(config)}
    if not decodings:
        nodes.pop("decoding_eval", None)
    callbacks = [
        hydra.utils.instantiate(node, _partial_=True)(given[name]) if name in given else hydra.utils.instantiate(node)
        for name, node in nodes.items()
    ]
    logger = hydra.utils.instantiate(config.logger)
    return L.Trainer(**settings, callbacks=callbacks, logger=logger, default_root_dir=config.run_dir)


@hydra.main(version_base="1.3", config_path=config_folder(), config_name="train")
def main(config: DictConfig) -> None:
    run_job(train, config)


if __name__ == "__main__":
    main()
