"""Every experiment trains a little, and every decoding decodes, with a tiny network on the CPU."""

import json

import pytest
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from benchmarks.random_hub import SIZES as SIZES_OF_CODET5
from benchmarks.random_hub import write_codet5, write_vit
from cadgen import generate
from cadgen.decode import Decoder, Greedy, Likelihood, Sample
from cadgen.evaluate import _seeded, evaluate
from cadgen.model import compact, load_network, save_network
from cadgen.parts import sample_program
from cadgen.paths import config_folder
from cadgen.program import write
from cadgen.train import train
from cadgen.training.state_file import read_state
from tests.test_conf import ABLATIONS, TRAININGS, choices

SIZES = {
    "image_size": 32,
    "stem": [8, 16],
    "vision_width": 64,
    "vision_layers": 1,
    "decoder_width": 64,
    "decoder_layers": 1,
}
TINY = (
    "data.loader.batch_size=2",
    "data.loader.steps_per_epoch=2",
    "data.loader.num_workers=0",
    "data.loader.window=1",
    "trainer.accelerator=cpu",
    "trainer.max_epochs=1",
    "++trainer.check_val_every_n_epoch=1",
    "callbacks.progress=null",
)
SIZED = (*(f"++model.{name}={value}" for name, value in SIZES.items()), "++model.max_tokens=120")
GENERATED = ("data.train.num=4", "data.val.num=2")
SMALL = {
    "baseline": (*GENERATED, *SIZED, "~logger"),
    "overfit_one": (*GENERATED, *SIZED),
    "codet5": ("data.val.num=2", "model.vision={vit}", "model.max_tokens=120"),
    "enhanced": (*GENERATED, "model=compact", "model.weights={checkpoint}", "model.lora={{r: 4, alpha: 8}}"),
    "pretrain_compact": ("data.val.num=2", *SIZED),
    "pretrain_compact_gpu": ("data.val.num=2", *SIZED),
}


def composed(name, *overrides):
    with initialize_config_dir(config_folder(), version_base="1.3"):
        return compose(name, list(overrides))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Generated samples are made here as they are asked for."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("network") / "checkpoint"
    save_network(compact(**SIZES, max_tokens=120), folder)
    return folder


@pytest.fixture(scope="module")
def vit(tmp_path_factory):
    """The folder of a ViT; a decoder is in the cache of the hub."""
    cache, folder = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    write_vit(folder, "vit_base_patch16_224", img_size=32, embed_dim=64, depth=3, num_heads=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(SIZES_OF_CODET5, "small", {"d_model": 64, "d_ff": 64, "num_heads": 1, "num_layers": 2})
        write_codet5(cache, "small", [write(sample_program(seed)) for seed in range(40)], 400)
        patched.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
        patched.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        yield folder


@pytest.mark.parametrize("experiment", TRAININGS)
def test_an_experiment_trains_judges_and_leaves_a_network(experiment, data, checkpoint, vit, tmp_path):
    small = (override.format(checkpoint=checkpoint, vit=vit) for override in SMALL[experiment])
    overrides = (*TINY, *small, f"data.root={data}", f"run_dir={tmp_path}", f"experiment={experiment}")
    config = composed("train", *overrides)
    rows = train(config)
    assert {row.decoding for row in rows} == ({"constant", *config.decodings} if config.decodings else set())
    assert load_network(tmp_path / "best").sight.size == 32
    assert (tmp_path / "run.json").is_file() and (tmp_path / "last.ckpt").is_file()


@pytest.mark.slow
def test_the_named_model_is_resumed_judged_and_asked(data, vit, tmp_path):
    small = (*TINY, *(override.format(vit=vit) for override in SMALL["codet5"]), f"data.root={data}")
    common = (*small, f"run_dir={tmp_path}", "experiment=codet5", "callbacks.keep_best.monitor=val/token_accuracy")
    train(composed("train", *common))
    first = json.loads((tmp_path / "best.json").read_text())
    train(composed("train", *common, "trainer.max_epochs=2", f"resume={tmp_path}"))
    assert read_state(tmp_path / "last.ckpt")["global_step"] == 2 * first["step"]
    overrides = (f"ckpt={tmp_path}", f"data.root={data}", "data.val.num=2", "decoding=grammar")
    rows = evaluate(composed("evaluate", *overrides, f"run_dir={tmp_path / 'judged'}", "job_type=grammar"), "grammar")
    assert all(row.status != "syntax" for row in rows)
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("grey", (20, 20, 44, 44))
    answer = generate(picture, ckpt=str(tmp_path), decoding="grammar")
    assert answer.code.startswith("import cadquery as cq")


def test_no_experiment_is_left_out():
    assert set(SMALL) == set(TRAININGS) and ABLATIONS


@pytest.mark.parametrize("decoding", choices("decoding"))
def test_a_decoding_answers_every_picture_with_random_weights(decoding, data, checkpoint, tmp_path):
    overrides = (f"decoding={decoding}", f"ckpt={checkpoint}", f"data.root={data}", "data.val.num=2")
    rows = evaluate(composed("evaluate", *overrides, f"run_dir={tmp_path}", f"job_type={decoding}"), decoding)
    answered = [row for row in rows if row.decoding == decoding]
    assert len(answered) == len({row.id for row in answered}) == 2
    if "grammar: full" in (tmp_path / "run.json").read_text().replace('"', ""):
        assert all(row.status != "syntax" for row in answered)  # noise may draw what the kernel or the profile refuses


def test_the_seed_of_a_job_is_that_of_its_draws():
    assert _seeded(Decoder(Sample(3), Likelihood()), 7) == Decoder(Sample(3, seed=7), Likelihood())
    assert _seeded(Decoder(Greedy(), Likelihood()), 7) == Decoder(Greedy(), Likelihood())
