"""Every file of conf/ composes, names things that exist and passes only arguments that they take."""

import inspect
import pkgutil
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

import cadgen.train  # noqa: F401  registers the resolvers of conf/
from cadgen.paths import config_folder
from cadgen.shape import Sandbox
from cadgen.training.data import CadData
from cadgen.training.module import LitCadgen

CONF = Path(config_folder())
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
ABLATIONS = [name for name in EXPERIMENTS if name.startswith("ablation_")]  # of a network that is there; others train
TRAININGS = sorted(set(EXPERIMENTS) - set(ABLATIONS))


def choices(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def load(name, *overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(name, list(overrides), return_hydra_config=True)


def nodes(config):
    """Every mapping in the tree."""
    if isinstance(config, dict):
        yield config
        for value in config.values():
            yield from nodes(value)
    elif isinstance(config, list):
        for value in config:
            yield from nodes(value)


def problems(config: DictConfig) -> list[str]:
    """What instantiation would stumble over."""
    plain = OmegaConf.to_container(config, resolve=False)
    plain.pop("hydra", None)
    found = []
    for node in nodes(plain):
        if "_target_" in node:
            target = pkgutil.resolve_name(node["_target_"])
            found += unknown(target, set(node) - {"_target_", "_partial_", "defaults"}, node["_target_"])
    for key, target in (("optim", LitCadgen), ("sandbox", Sandbox)):
        found += unknown(target, set(plain.get(key, {})), key)
    found += unknown(CadData, set(plain["data"]["loader"]), "data.loader")
    return found


def unknown(target, keys, name) -> list[str]:
    parameters = inspect.signature(target).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return [] if takes_all else [f"{name} takes no {key}" for key in sorted(keys - set(parameters))]


@pytest.mark.parametrize("experiment", TRAININGS)
def test_every_experiment_names_only_what_exists(experiment):
    config = load("train", f"experiment={experiment}")
    assert config.name == experiment
    assert problems(config) == []
    assert config.monitor.split("/")[1] in (config.decodings or ("token_accuracy",))


@pytest.mark.parametrize("experiment", ABLATIONS)
def test_every_job_of_an_ablation_names_only_what_exists(experiment):
    config = load("evaluate", f"experiment={experiment}")
    assert config.name == experiment
    assert str(config.hydra.mode) == "RunMode.MULTIRUN"
    swept = [f"{key}={values}" for key, values in config.hydra.sweeper.params.items()]
    assert swept
    for (overrides,) in BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(swept), 1):
        assert problems(load("evaluate", f"experiment={experiment}", *overrides)) == []


@pytest.mark.parametrize("group", ["model", "data", "trainer", "logger", "objective", "debug"])
def test_every_choice_of_train_names_only_what_exists(group):
    for choice in choices(group):
        assert problems(load("train", f"{group}={choice}")) == []


def test_every_data_set_and_decoding_of_evaluate_names_only_what_exists():
    for data in choices("data"):
        for decoding in choices("decoding"):
            assert problems(load("evaluate", f"data={data}", f"decoding={decoding}")) == []


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        ({"model": {"_target_": "cadgen.model.compact", "weihgts": None}}, "takes no weihgts"),
        ({"optim": {"learning_rat": 1}}, "takes no learning_rat"),
        ({"data": {"loader": {"batchsize": 1}}}, "takes no batchsize"),
    ],
)
def test_a_misspelt_key_is_found(break_it, message):
    config = OmegaConf.merge(OmegaConf.create(OmegaConf.to_container(load("train"), resolve=False)), break_it)
    assert any(message in problem for problem in problems(config))


def test_a_target_that_does_not_exist_is_found():
    config = OmegaConf.create({"data": {"loader": {}}, "model": {"_target_": "cadgen.model.huge"}})
    with pytest.raises(AttributeError, match="huge"):
        problems(config)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_an_experiment_opens_with_its_question_and_command(experiment):
    lines = (CONF / "experiment" / f"{experiment}.yaml").read_text().splitlines()
    assert lines[1].startswith("# Question: ")
    told = "evaluate experiment={} ckpt=RUN" if experiment in ABLATIONS else "train experiment={}"
    assert lines[2] == f"# Command:  python -m cadgen.{told.format(experiment)}"


OVERRIDES = {  # that a user types without + : every one is in the structure of conf
    "several nodes": ("trainer=multi_node", "trainer.num_nodes=4", "trainer.devices=8"),
    "several nodes as README.md says": ("trainer.num_nodes=2",),
    "a strategy of Lightning's": ("trainer=gpu", "trainer.strategy=ddp_find_unused_parameters_true"),
    "shorter programs": ("model=codet5_small", "model.max_tokens=256"),
    "shorter programs of compact": ("model.max_tokens=256",),
    "larger batches": ("trainer.accumulate_grad_batches=8",),
    "a few samples": ("limit=2",),
    "one logger less": ("logger=many", "~logger.wandb"),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_what_a_machine_needs_is_typed_without_a_plus(name):
    config = load("train", *OVERRIDES[name])
    assert problems(config) == []
    for override in OVERRIDES[name]:
        key, _, value = override.partition("=")
        if "." in key and value:
            assert str(OmegaConf.select(config, key)) == value


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("cpu", {"accelerator": "cpu", "devices": 1, "precision": "auto"}),
        ("gpu", {"accelerator": "gpu", "devices": 1, "precision": "bf16-mixed"}),
        ("ddp", {"accelerator": "gpu", "devices": -1, "strategy": "ddp", "num_nodes": 1}),
        ("fsdp", {"accelerator": "gpu", "devices": -1, "strategy": {"_target_": "cadgen.training.sharded.Sharded"}}),
        ("multi_node", {"accelerator": "gpu", "devices": -1, "strategy": "ddp", "num_nodes": 2}),
    ],
)
def test_a_trainer_is_for_the_machine_that_it_names(choice, expected):
    trainer = load("train", f"trainer={choice}").trainer
    assert {name: trainer[name] for name in expected} == expected
    assert (trainer.gradient_clip_val, trainer.use_distributed_sampler) == (1.0, False)


def test_the_named_model_trains_in_steps_of_64_with_warm_up_clipping_and_bf16():
    config = load("train", "experiment=codet5")
    assert config.data.loader.batch_size * config.trainer.accumulate_grad_batches == 64
    assert config.trainer.precision == "bf16-mixed" and config.trainer.gradient_clip_val == 1.0
    assert config.optim.warmup_steps > 0 and config.model.lora.r == 16


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("debug", choices("debug"))
def test_debugging_goes_over_every_experiment_and_ends_soon(debug, name):
    config = load("train", f"experiment={name}", f"debug={debug}")
    assert problems(config) == []
    assert (config.trainer.max_epochs, config.trainer.max_time, config.limit) == (1, None, 2)
    assert config.data.loader.steps_per_epoch <= 200


def test_there_are_few_files():
    assert len(list(CONF.rglob("*.yaml"))) <= 49


@pytest.mark.parametrize("name", TRAININGS)
def test_an_experiment_leaves_no_knob_of_its_objective_behind_when_another_is_chosen(name):
    other = load("train", f"experiment={name}", "objective=likelihood")
    alone = load("train", "objective=likelihood")
    assert other.objective == alone.objective
