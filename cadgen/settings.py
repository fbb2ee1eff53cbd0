"""The types of what conf/train.yaml and conf/evaluate.yaml set: Hydra refuses an override of another type, in a line.

What comes from groups (model, data, decoding, ...) is open here: whoever is made of it refuses it, see `made`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hydra.core.config_store import ConfigStore
from lightning.fabric.utilities.exceptions import MisconfigurationException
from omegaconf import MISSING

T = TypeVar("T")


@dataclass
class _Sandbox:
    workers: int = MISSING
    timeout_s: float = MISSING
    profile: str = MISSING


@dataclass
class _Optim:
    learning_rate: float = MISSING
    warmup_steps: int = MISSING
    weight_decay: float = MISSING
    decay_share: float = MISSING
    compile_encoder: bool = False


@dataclass
class _Job:
    data: Any = MISSING
    trainer: Any = MISSING
    logger: Any = None
    limit: int | None = None
    name: str = MISSING
    seed: int = MISSING
    run_dir: str = MISSING
    sandbox: _Sandbox = field(default_factory=_Sandbox)


@dataclass
class _Train(_Job):
    model: Any = MISSING
    objective: Any = MISSING
    resume: str | None = None
    monitor: str = MISSING
    decodings: Any = MISSING
    optim: _Optim = field(default_factory=_Optim)
    callbacks: Any = MISSING


@dataclass
class _Evaluate(_Job):
    decoding: Any = MISSING
    ckpt: str | None = None
    strict: bool = MISSING
    candidates: bool = MISSING
    oracle: bool = MISSING
    job_type: str = MISSING


def register() -> None:
    """Makes the types known to Hydra, by the names `train_types` and `evaluate_types`."""
    store = ConfigStore.instance()
    store.store("train_types", _Train)
    store.store("evaluate_types", _Evaluate)


def made(group: str, make: Callable[..., T], *given: Any, **settings: Any) -> T:
    """`make(*given, **settings)`. Raises `ValueError` naming the group of conf whose settings do not fit."""
    try:
        return make(*given, **settings)
    except (TypeError, MisconfigurationException) as error:
        raise ValueError(f"{group}: {error}") from error
