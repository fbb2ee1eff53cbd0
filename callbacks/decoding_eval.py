"""Judges the experiment's decodings at every validation: val/<name>/vsr, iou (aligned), iou_cadcoder, iou_takehome."""

from collections.abc import Sequence
from pathlib import Path

import lightning as L

from cadgen.bench import Truth, judge
from cadgen.compare import mean_scores
from cadgen.data import Sample
from cadgen.decode import Decoder
from cadgen.gather import gather
from cadgen.infer import cases, truths_of
from cadgen.record import Row, write_rows
from cadgen.shape import Sandbox
from cadgen.share import decode_all


class DecodingEval(L.Callback):
    """decodings: name -> decoder; every validation sample is decoded by each, and every program is executed.

    sandbox: arguments of `Sandbox`. `val/<name>/iou` is the mean of `iou_aligned`, a program that does not run counting
    0. Rows of the last validation lie in `<run>/validation/rows.jsonl`: by decoding, then in the samples' order. Ranks
    take turns at the samples; each logs the scores of all.
    """

    def __init__(self, decodings: dict[str, Decoder], run_dir: str, sandbox: dict):
        self.decodings, self.run_dir = dict(decodings), run_dir
        self.sandbox = sandbox
        self._truths: dict[str, Truth] = {}

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        samples: list[Sample] = trainer.datamodule.val_samples
        own = self._judge(samples[trainer.global_rank :: trainer.world_size], pl_module)
        rows = gather(own, samples)
        for name in self.decodings:
            means = mean_scores([row for row in rows if row.decoding == name])
            means["iou"] = means.pop("iou_aligned")
            scores = {f"val/{name}/{metric}": mean for metric, mean in means.items()}
            pl_module.log_dict(scores, rank_zero_only=False, prog_bar=False)
        if trainer.is_global_zero:
            write_rows(rows, Path(self.run_dir) / "validation")

    def _judge(self, samples: Sequence[Sample], module: L.LightningModule) -> list[Row]:
        with Sandbox(**self.sandbox) as box:
            if not self._truths:
                self._truths = truths_of(samples, box)
            pictures = cases(samples, module.network.image_size)
            decoded = decode_all(module.network, self.decodings, pictures, box)
            return [row for name in self.decodings for row in judge(name, decoded[name], self._truths, box)]
