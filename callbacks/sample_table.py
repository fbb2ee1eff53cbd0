"""Shows what the decodings wrote at every validation: a CSV table and a sheet in the run's folder, and in wandb."""

from pathlib import Path

import lightning as L
from lightning.pytorch.loggers import WandbLogger

from cadgen.eval.row import ROWS, read_rows
from cadgen.report.gallery import exhibits, wandb_media, write_gallery
from cadgen.report.sheet import write_sheet
from cadgen.shape import Sandbox


class SampleTable(L.Callback):
    """num: so many pictures, the first. They go to `<run>/samples/step_<step>/`, with what `DecodingEval` found."""

    def __init__(self, box: Sandbox, run_dir: str, num: int = 8):
        self.box, self.run_dir, self.num = box, Path(run_dir), num

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        judged = self.run_dir / "validation"
        if trainer.sanity_checking or not trainer.is_global_zero or not (judged / ROWS).is_file():
            return
        samples = trainer.datamodule.val_samples[: self.num]
        ids = {sample.id for sample in samples}
        rows = [row for row in read_rows(judged) if row.id in ids]
        folder = self.run_dir / "samples" / f"step_{trainer.global_step:08}"
        shown = exhibits(samples, rows, self.box)
        write_gallery(shown, folder)
        write_sheet(folder / "sheet.png", samples, [one.row for one in shown], self.box, limit=len(shown))
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.experiment.log({**wandb_media(shown), "trainer/global_step": trainer.global_step})
