"""What the state of a training may say: other people write such files, and Lightning and torch believe them.

Lightning sets whatever a state names as attributes of loops, schedules and callbacks, and the fused AdamW reads the
moments of a parameter as far as the parameter goes. So only what is listed here reaches them, of the right types, and
in the shapes of the network that goes on.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from cadgen.model import CheckpointError
from cadgen.model.rule import ANYTHING, YES_NO, Rule, check, list_of, number, or_null, shortly, whole

REMEDY = "train again, or start from the weights in best/ (model.weights=RUN)"

_COUNT, _SCORE, _RATE = whole(0, 10**12), number(-1e300, 1e300), number(0, 1e30)
_VERSION = re.compile(r"([2-9]|\d\d)\.\d{1,4}\.\d{1,4}(\.?(a|b|rc|post|dev)\d{1,9})?")
_TEXT = Rule(lambda value: type(value) is str, "a text")
_TABLE = Rule(lambda value: isinstance(value, dict), "a table of names and values")
_ONE_TABLE = list_of(_TABLE, 1, 1)  # there is one optimiser, and one schedule


def _a_tensor(shape: tuple[int, ...], floating: bool) -> Rule:
    def allows(value: Any) -> bool:
        return isinstance(value, Tensor) and tuple(value.shape) == shape and value.is_floating_point() == floating

    return Rule(allows, f"{'floating-point' if floating else 'whole'} numbers of the shape {shape}")


def _a_scalar(rule: Rule, floating: bool) -> Rule:
    tensor = _a_tensor((), floating)
    return Rule(lambda value: tensor.allows(value) and rule.allows(value.item()), f"a tensor of {rule.told}")


_ANY_SCALAR = Rule(lambda value: isinstance(value, Tensor) and value.ndim == 0, "a tensor of one number")

PARTS = {
    "pytorch-lightning_version": Rule(
        lambda value: type(value) is str and _VERSION.fullmatch(value) is not None, "a version of Lightning from 2 on"
    ),
    "state_dict": _TABLE,
    "loops": _TABLE,
    "callbacks": _TABLE,
    "optimizer_states": _ONE_TABLE,
    "lr_schedulers": _ONE_TABLE,
}
# Only what some runs have: those that average their weights, or whose gradients are of half precision.
_OTHER_PARTS = {
    **dict.fromkeys(("epoch", "global_step"), _COUNT),
    **dict.fromkeys(("current_model_state", "averaging_state", "MixedPrecision"), _TABLE),
}
_CALLBACKS: dict[str, dict[str, Rule]] = {
    "KeepBest": {"best": or_null(_SCORE)},
    "Average": {"latest_update_step": _COUNT},
    "Timer": {"time_elapsed": _TABLE},
    "ModelCheckpoint": {
        **dict.fromkeys(("monitor", "dirpath"), or_null(_TEXT)),
        **dict.fromkeys(("best_model_path", "kth_best_model_path", "last_model_path"), _TEXT),
        **dict.fromkeys(("best_model_score", "current_score", "kth_value"), or_null(_ANY_SCALAR)),
        "best_k_models": _TABLE,
    },
}
_STAGES = dict.fromkeys(("train", "validate", "sanity_check", "test", "predict"), number(0, 1e12))
_SCALER = {
    **dict.fromkeys(("scale", "growth_factor", "backoff_factor"), number(1e-30, 1e30)),
    **dict.fromkeys(("growth_interval", "_growth_tracker"), _COUNT),
}
_AVERAGING = {"n_averaged": _a_scalar(_COUNT, floating=False)}


def check_parts(state: Any, source: str) -> None:
    """Raises `CheckpointError` where a part of a training's state is unknown, absent or of another type.

    This is what is believed before the network is known: Lightning migrates states of old versions.
    """
    check(state, PARTS | _OTHER_PARTS, source, PARTS, REMEDY)


def check_state(
    state: dict[str, Any], source: str, weights: Mapping[str, Tensor], optimiser: Mapping[str, Any],
    parameters: list[Tensor], loops: Mapping[str, Any],
) -> None:  # fmt: skip
    """Leaves in `state`, whose parts are checked, only what the run that goes on with it may believe.

    weights, loops: what this run would save now; optimiser: alike, of the optimiser that owns `parameters`, in order.
    Raises `CheckpointError` naming the first thing that is unknown or wrong.
    """
    for name in ("state_dict", "current_model_state") if "current_model_state" in state else ("state_dict",):
        refuse_other_weights(weights, state[name], source)
    if "averaging_state" in state or "current_model_state" in state:
        _check(state.get("averaging_state"), _AVERAGING, f"{source}: averaging_state")
    if state.get("MixedPrecision"):
        _check(state["MixedPrecision"], _SCALER, f"{source}: MixedPrecision")
    for name, one in state["callbacks"].items():
        _check_callback(name, one, f"{source}: callbacks: {name!r:.40}")
    _refuse_unlike(loops, state["loops"].get("fit_loop"), f"{source}: loops")
    groups = optimiser["param_groups"]
    state["loops"] = {"fit_loop": state["loops"]["fit_loop"]}
    state["optimizer_states"] = [
        _optimiser(state["optimizer_states"][0], groups, parameters, f"{source}: optimizer_states")
    ]
    state["lr_schedulers"] = [_schedule(state["lr_schedulers"][0], len(groups), f"{source}: lr_schedulers")]


def refuse_other_weights(own: Mapping[str, Tensor], given: Any, source: str) -> None:
    """Raises `CheckpointError` naming the first of the weights that only one side has, or whose shapes differ."""
    _check(given, dict.fromkeys(given, ANYTHING) if isinstance(given, dict) else {}, f"{source}: weights")
    for name in sorted(own.keys() | given.keys(), key=str):
        one = given.get(name)
        if name in own and isinstance(one, Tensor) and one.is_floating_point() != own[name].is_floating_point():
            raise CheckpointError(f"{source} holds {name} as {one.dtype}, which is {own[name].dtype}; {REMEDY}")
        told = tuple(own[name].shape) if name in own else "absent", _shape(one) if name in given else "absent"
        if told[0] != told[1]:
            raise CheckpointError(
                f"{source} is of another network: {name!r:.90} should be {told[0]} and is {told[1]}; resume with the "
                "model and the objective that it was trained with"
            )


def _shape(value: Any) -> Any:
    return tuple(value.shape) if isinstance(value, Tensor) else f"a {type(value).__name__}"


def _check(given: Any, rules: Mapping[str, Rule], source: str) -> None:
    check(given, rules, source, rules, REMEDY)


def _require(value: Any, rule: Rule, source: str) -> None:
    if not rule.allows(value):
        raise CheckpointError(f"{source} is {shortly(value)} and must be {rule.told}; {REMEDY}")


def _check_callback(name: Any, given: Any, source: str) -> None:
    """What callbacks that are not listed remember is a table of anything."""
    kind = name.partition("{")[0] if isinstance(name, str) else ""
    _check(given, _CALLBACKS.get(kind) or (dict.fromkeys(given, ANYTHING) if isinstance(given, dict) else {}), source)
    if kind == "Timer":
        check(given["time_elapsed"], _STAGES, f"{source}: time_elapsed", ("train",), REMEDY)
    if kind == "ModelCheckpoint":
        best = given["best_k_models"]
        _check(best, dict.fromkeys(best, _ANY_SCALAR), f"{source}: best_k_models")
        _require(list(best), list_of(_TEXT, 0, 10_000), f"{source}: best_k_models")


def _refuse_unlike(own: Any, given: Any, source: str) -> None:
    """Raises `CheckpointError` where `given` has other names than the tree `own`, or other leaves than it needs."""
    if not isinstance(own, dict):
        _require(given, YES_NO if isinstance(own, bool) else _COUNT, source)
        return
    _check(given, dict.fromkeys(own, ANYTHING), source)
    for name, one in own.items():
        _refuse_unlike(one, given[name], f"{source}: {name}")


def _optimiser(given: dict, groups: list[dict], parameters: list[Tensor], source: str) -> dict[str, Any]:
    """What `load_state_dict` may read: the settings of our own groups, and their rates and moments from the file."""
    _check(given, {"state": _TABLE, "param_groups": list_of(_TABLE, len(groups), len(groups))}, source)
    remembered = []
    for position, (own, theirs) in enumerate(zip(groups, given["param_groups"], strict=True)):
        rules = {"params": _these(own["params"]), "lr": _RATE, "initial_lr": _RATE}
        told = {name: value for name, value in theirs.items() if name in rules}
        _check(told, rules, f"{source}: group {position}")
        remembered.append({**own, **told})
    for index, moments in given["state"].items():
        if type(index) is not int or not 0 <= index < len(parameters):
            raise CheckpointError(f"{source} has moments of a parameter {index!r:.60}; {REMEDY}")
        moment = _a_tensor(tuple(parameters[index].shape), floating=True)
        rules = {"step": _a_scalar(number(0, 1e12), floating=True), "exp_avg": moment, "exp_avg_sq": moment}
        _check(moments, rules, f"{source}: parameter {index}")
    return {"state": given["state"], "param_groups": remembered}


def _these(indices: list[int]) -> Rule:
    def allows(value: Any) -> bool:
        return type(value) is list and all(type(one) is int for one in value) and value == indices

    return Rule(allows, "the parameters of this group")


def _schedule(given: dict, groups: int, source: str) -> dict[str, Any]:
    """What a `LambdaLR` may be told: never its methods, nor what its functions remember."""
    rules = {
        **dict.fromkeys(("base_lrs", "_last_lr"), list_of(_RATE, groups, groups)),
        **dict.fromkeys(("last_epoch", "_step_count"), _COUNT),
    }
    told = {name: given[name] for name in rules if name in given}
    _check(told, rules, source)
    return {**told, "lr_lambdas": [None] * groups}
