"""What an installation without extras leaves out: a command that needs it says which extra brings it."""

import sys
from types import TracebackType

EXTRAS = {
    "network": ("huggingface_hub", "llguidance", "omegaconf", "peft", "safetensors", "timm", "tokenizers",
                "torch", "torchvision", "transformers"),
    "app": ("aiohttp",),
    "train": ("hydra", "lightning", "yaml"),
    "wandb": ("wandb",),
    "dashboard": ("wandb_workspaces",),
}  # fmt: skip
"""Extra of pyproject.toml -> the modules that it alone brings."""


def tell_missing_extras() -> None:
    """Has a module that no extra was installed for end the process with a line, and without a traceback."""
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    name = (getattr(error, "name", None) or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    extra = next((extra for extra, modules in EXTRAS.items() if name in modules), None)
    if extra is None:
        sys.__excepthook__(kind, error, trace)
    else:
        print(f"error: this needs {name}, which is not installed: pip install 'cadgen[{extra}]'", file=sys.stderr)
