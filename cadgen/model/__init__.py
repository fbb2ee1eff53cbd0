"""The network: vision encoder, projector, decoder with LoRA, tokenizer, checkpoint folder. Knows nothing of CAD."""

from cadgen.model.checkpoint import find_checkpoint, fingerprint, load_network, save_network
from cadgen.model.checkpoint_error import CheckpointError
from cadgen.model.gate import Gate, load_reader
from cadgen.model.loss import token_loss
from cadgen.model.network import Lora, Network, count_parameters
from cadgen.model.presets import HubUnreachable, compact, from_hub, shipped

__all__ = [
    "CheckpointError",
    "Gate",
    "HubUnreachable",
    "Lora",
    "Network",
    "compact",
    "count_parameters",
    "find_checkpoint",
    "fingerprint",
    "from_hub",
    "load_network",
    "load_reader",
    "save_network",
    "shipped",
    "token_loss",
]
