"""Judges the experiment's decodings at every validation: val/<name>/vsr, iou (aligned), iou_cadcoder, iou_takehome."""

from collections.abc import Sequence
from pathlib import Path

import lightning as L

from cadgen.data import Sample
from cadgen.decode import Decoder
from cadgen.decode.share import decode_all
from cadgen.eval.case import cases
from cadgen.eval.gather import gather
from cadgen.eval.judge import judge
from cadgen.eval.metric import PRIMARY
from cadgen.eval.row import Row, write_rows
from cadgen.eval.summary import mean_scores
from cadgen.eval.truth import Truth
from cadgen.eval.truth_files import tell_left_out, truths_of
from cadgen.shape import Sandbox


class DecodingEval(L.Callback):
    """decodings: name -> decoder; every validation sample is decoded by each, and every program is executed.

    `val/<name>/iou` is the mean of `iou_aligned`, a program that does not run counting 0. Rows of the last validation
    lie in `<run>/validation/rows.jsonl`: by decoding, then in the samples' order. Ranks take turns at the samples; each
    logs the scores of all.
    """

    def __init__(self, box: Sandbox, decodings: dict[str, Decoder], run_dir: str):
        self.box, self.decodings, self.run_dir = box, dict(decodings), run_dir
        self._truths: dict[str, Truth] = {}

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        samples: list[Sample] = trainer.datamodule.val_samples
        own = self._judge(samples[trainer.global_rank :: trainer.world_size], pl_module)
        rows = gather(own, [sample.id for sample in samples])
        if not rows:
            raise ValueError(
                "no validation sample can be judged by: each has a reference or a picture that is at fault"
            )
        for name in self.decodings:
            means = mean_scores([row for row in rows if row.decoding == name])
            means["iou"] = means.pop(PRIMARY.name)
            scores = {f"val/{name}/{metric}": mean for metric, mean in means.items()}
            pl_module.log_dict(scores, rank_zero_only=False, prog_bar=False)
        if trainer.is_global_zero:
            write_rows(rows, Path(self.run_dir) / "validation")

    def _judge(self, samples: Sequence[Sample], module: L.LightningModule) -> list[Row]:
        if not self._truths:
            self._truths, left_out = truths_of(samples, self.box)
            tell_left_out(left_out)
        sound = [sample for sample in samples if sample.id in self._truths]
        pictures = cases(sound, module.whole.sight)
        decoded = decode_all(module.whole, self.decodings, pictures, self.box)
        return [row for name in self.decodings for row in judge(name, decoded[name], self._truths, self.box)]
