import pytest

from callbacks.wandb_run import WandbRun

pytest.importorskip("wandb", reason="cadgen[wandb] is not installed")


@pytest.mark.parametrize(
    ("left", "resume", "id"),
    [
        ([], True, None),
        (["offline-run-20260101_000000-abc"], False, None),
        (["offline-run-20260101_000000-abc"], True, "abc"),
        (["run-20260102_000000-new", "offline-run-20260101_000000-zzz"], True, "new"),
        (["offline-run-20260101_000000-../../etc", "latest-run", "run-1-x"], True, None),
        (["run-20260101_000000-" + "a" * 65], True, None),
    ],
)
def test_a_resumed_run_is_the_last_that_was_left(left, resume, id, tmp_path):
    for name in left:
        (tmp_path / "wandb" / name).mkdir(parents=True)
    logger = WandbRun(str(tmp_path), str(tmp_path) if resume else None, tags=["a", "b", "a"], offline=True)
    assert logger.version == id
    assert logger._wandb_init["tags"] == ["a", "b"]
    assert logger._wandb_init["name"] == f"{tmp_path.parent.name}/{tmp_path.name}"
