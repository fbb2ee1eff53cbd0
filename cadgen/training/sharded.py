"""Training with weights in shares: no process holds all of them, their gradients and their moments."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import lightning as L
from lightning.pytorch.callbacks import WeightAveraging
from lightning.pytorch.strategies import ModelParallelStrategy
from lightning.pytorch.strategies.strategy import Strategy
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer
from torch.utils._pytree import tree_map

from cadgen.training.module import LitCadgen


class Sharded(ModelParallelStrategy):
    """Fully sharded data parallel (Zhao et al. 2023) of every block of encoder and decoder, by torch's `fully_shard`.

    last.ckpt is that of a run in one process, which either may go on with. The network is whole in each process before
    it is sharded, and again at every validation (`LitCadgen.whole`).
    """

    def __init__(self) -> None:
        super().__init__(tensor_parallel_size=1, save_distributed_checkpoint=False)

    def setup_environment(self) -> None:
        self._data_parallel_size = self.num_nodes * self.num_processes
        super().setup_environment()

    def setup(self, trainer: L.Trainer) -> None:
        """Raises `ValueError` where the weights are averaged: the average would be of the shares."""
        if any(isinstance(callback, WeightAveraging) for callback in cast(Any, trainer).callbacks):
            raise ValueError("weights in shares have no average: take trainer=ddp, or callbacks.average=null")
        module = cast(LitCadgen, self.lightning_module)
        module.keep_whole()
        mesh = self.device_mesh["data_parallel"]
        for block in _blocks(module):
            fully_shard(block, mesh=mesh)
        fully_shard(module, mesh=mesh)
        for method in ("training_step", "validation_step"):
            register_fsdp_forward_method(module, method)
        assert self.accelerator is not None
        assert self.model is not None
        self.accelerator.setup(trainer)
        self.model = self.precision_plugin.convert_module(self.model)
        self.model_to_device()
        self.barrier()
        self.setup_optimizers(trainer)
        self.setup_precision_plugin()

    @property
    def lightning_restore_optimizer(self) -> bool:
        return True

    def lightning_module_state_dict(self) -> dict[str, Any]:
        assert self.model is not None
        return _mapped(_whole, self.model.state_dict())

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        return _mapped(_whole, Strategy.optimizer_state(self, optimizer))

    def load_checkpoint(self, checkpoint_path: Any, weights_only: bool | None = None) -> dict[str, Any]:
        return Strategy.load_checkpoint(self, checkpoint_path, weights_only)

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:
        assert self.model is not None
        own = self.model.state_dict()
        shares = {name: _share(one, own[name]) for name, one in checkpoint["state_dict"].items()}
        self.model.load_state_dict(shares, strict=strict)

    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        for optimizer, state in zip(self.optimizers, checkpoint["optimizer_states"], strict=True):
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            moments = {
                index: {
                    name: _share(one, parameters[index]) if one.shape == parameters[index].shape else one
                    for name, one in of_one.items()
                }
                for index, of_one in state["state"].items()
            }
            optimizer.load_state_dict({**state, "state": moments})


def _blocks(module: LitCadgen) -> list[nn.Module]:
    """What repeats, each of which is made whole while it computes."""
    network = module.network
    t5 = cast(Any, network.decoder)
    if network.has_lora:
        t5 = t5.get_base_model()
    return [*network.vision.blocks, *t5.decoder.block]


def _whole(one: Any) -> Any:
    """Every process has to ask for it."""
    return one.full_tensor() if isinstance(one, DTensor) else one


def _share(one: Tensor, like: Any) -> Any:
    """What this process holds of a tensor that all have."""
    if not isinstance(like, DTensor):
        return one
    return distribute_tensor(one.to(like.device), like.device_mesh, like.placements)


def _mapped(change: Callable[[Any], Any], tree: dict[str, Any]) -> dict[str, Any]:
    return tree_map(change, tree)
