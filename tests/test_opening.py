"""The first lines of a training are the settings that it has."""

import lightning as L
from omegaconf import OmegaConf

from cadgen.data import Sample, Stream
from cadgen.opening import opening
from cadgen.training.data import CadData
from tests.training.test_module import CODE, made


def lines(train, **trainer):
    network = made()
    data = CadData(network, train, [Sample("0", b"", CODE.format(1))], 4, steps_per_epoch=6, num_workers=0)
    settings = {"max_epochs": 3, "accumulate_grad_batches": 2, **trainer}
    config = OmegaConf.create({"name": "baseline", "seed": 7, "trainer": settings, "decodings": {"greedy": {}},
                               "optim": {"learning_rate": 1e-3}, "monitor": "val/greedy/iou",
                               "run_dir": "outputs/\x1b[31mrun"})  # fmt: skip
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    return opening(config, network, data, L.Trainer(**settings, **quiet), {"model": "compact"}), network


def test_it_tells_the_network_the_data_the_steps_and_where_the_results_go():
    told, network = lines([Sample("1", b"", CODE.format(2))] * 1200)
    total = sum(one.numel() for one in network.parameters())
    assert told["network"] == f"compact, {total:,} parameters, {total:,} of them trained"
    assert told["data"] == "1,200 samples to train on, 1 to validate by"
    assert told["training"] == "3 epochs of 6 batches; 8 pictures a step"
    assert told["results"].startswith("outputs/") and told["experiment"] == "baseline, seed 7"


def test_what_is_drawn_has_no_number_and_what_ends_by_the_clock_no_count_of_epochs():
    told, _ = lines(Stream(lambda seed, size: None, 0), max_epochs=-1, max_time="00:00:07:00")
    assert told["data"].startswith("drawn as they are needed")
    assert told["training"].startswith("until 00:00:07:00 (DD:HH:MM:SS) have passed, in epochs of 6 batches")
