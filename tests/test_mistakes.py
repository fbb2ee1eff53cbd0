"""Mistakes in the configuration of the commands: one line that says what is wrong, and no traceback."""

import sys

import pytest
from PIL import Image

import cadgen.evaluate
import cadgen.train
from cadgen.parts import draw_pair


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    picture, code = draw_pair(0, 64)
    Image.fromarray(picture).save(folder / "a.png")
    (folder / "a.py").write_text(code)
    return folder


def ended(main, arguments, capsys, monkeypatch):
    """(status, what was told) of a command, in this process."""
    quiet = ("hydra/job_logging=none", "hydra/hydra_logging=none")  # else handlers stay that write to a closed stream
    monkeypatch.setattr(sys, "argv", ["cadgen", *quiet, *map(str, arguments)])
    capsys.readouterr()
    status = 0
    try:
        main()
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    return status, out + err


def check(status, told, word):
    """Hydra tells of what it refuses in some lines of its own, without the word error."""
    assert status == 1, told
    assert "Traceback" not in told and "Error executing job" not in told
    lines = [line for line in told.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 or "HYDRA_FULL_ERROR" in told or "Could not" in told or "was not found" in told, told
    assert word in told


MISTAKES = [
    (["~limit"], "limit"),
    (["~decoding"], ""),
    (["limit=many"], ""),
    (["limit=0"], ""),
    (["limit=[1]"], ""),
    (["decoding=nowhere"], "nowhere"),
    (["decoding=/etc/passwd"], "passwd"),
    (["decoding._target_=os.nowhere"], ""),
    (["+decoding.propose.size=3"], "size"),
    (["data=nowhere"], "nowhere"),
    (["data.root=/nowhere"], "nowhere"),
    (["data.root=5"], ""),
    (["ckpt=/nowhere"], "nowhere"),
    (["ckpt=5"], ""),
    (["ckpt=[1,2]"], ""),
    (["ckpt=null"], "ckpt"),
    (["seed=red"], ""),
    (["sandbox.workers=0"], "workers"),
    (["sandbox.profile=none"], "none"),
    (["sandbox.timeout_s=long"], ""),
    (["trainer.devices=none"], ""),
    (["trainer.accelerator=abacus"], "abacus"),
    (["+trainer.speed=3"], "speed"),
    (["oracle=perhaps"], ""),
    (["logger=csv"], "wandb"),
    (["candidates="], ""),
    (["nonsense"], "nonsense"),
    (["strict={a:1}"], ""),
    (["sandbox=null"], ""),
]


@pytest.mark.parametrize(("overrides", "word"), MISTAKES, ids=lambda v: v if isinstance(v, str) else " ".join(v))
def test_a_mistake_of_evaluate_is_told_in_a_line(overrides, word, pairs, tmp_path, capsys, monkeypatch):
    common = ["ckpt=shipped", "data=folder", f"data.root={pairs}", "oracle=false", f"hydra.run.dir={tmp_path / 'run'}"]
    names = {override.partition("=")[0] for override in overrides}
    common = [one for one in common if one.partition("=")[0] not in names]
    status, told = ended(cadgen.evaluate.main, [*common, *overrides], capsys, monkeypatch)
    check(status, told, word)


def test_a_logger_that_takes_nothing_is_told_before_the_work(pairs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cadgen.evaluate, "load_reader", lambda _: pytest.fail("the network was loaded first"))
    overrides = ["ckpt=shipped", "data=folder", f"data.root={pairs}", f"hydra.run.dir={tmp_path}", "logger=many"]
    status, told = ended(cadgen.evaluate.main, overrides, capsys, monkeypatch)
    check(status, told, "wandb")


TRAINING = [
    (["resume=/nowhere"], "nowhere"),
    (["experiment=nowhere"], "nowhere"),
    (["~callbacks"], ""),
    (["~decodings"], ""),
    (["optim.learning_rate=fast"], ""),
    (["+optim.momentum=1"], "momentum"),
    (["trainer.precision=1"], ""),
    (["trainer.max_epochs=few"], ""),
    (["trainer.num_nodes=few"], "num_nodes"),
    (["trainer.strategy=nowhere"], "nowhere"),
    (["trainer=nowhere"], "nowhere"),
    (["debug=nowhere"], "nowhere"),
    (["logger=nowhere"], "nowhere"),
    (["limit=0"], "limit=0"),
    (["model=nowhere"], "nowhere"),
    (["+model.decoder_width=7"], ""),
    (["model=shipped", "model.lora=5"], ""),
    (["objective=nowhere"], "nowhere"),
    (["data.loader.batch_size=0"], ""),
    (["data.loader.num_workers=-1"], ""),
    (["monitor=val/nowhere", "experiment=baseline"], "nowhere"),
    (["data.root=/proc/nowhere"], "/proc"),
]


@pytest.mark.parametrize(("overrides", "word"), TRAINING, ids=lambda v: v if isinstance(v, str) else " ".join(v))
def test_a_mistake_of_train_is_told_in_a_line(overrides, word, data, tmp_path, capsys, monkeypatch):
    tiny = (
        f"data.root={data}", "data.train.num=2", "data.val.num=1", "data.loader.num_workers=0",
        "data.loader.steps_per_epoch=1", "data.loader.batch_size=1", "trainer.max_epochs=1",
        f"hydra.run.dir={tmp_path / 'run'}",
    )  # fmt: skip
    names = {override.partition("=")[0] for override in overrides}
    kept = [one for one in tiny if one.partition("=")[0] not in names]
    if not any("model" in name for name in names):
        kept += ["+model.image_size=32", "+model.vision_width=64", "+model.decoder_width=64"]
    status, told = ended(cadgen.train.main, [*kept, *overrides], capsys, monkeypatch)
    check(status, told, word)
