"""What Lightning and its libraries say that no user can do anything about: adverts, and deprecations among themselves.

Each is named; all else, warnings about what a user set included, is told as before.
"""

import logging
import re
import warnings

# Loggers through which Lightning tells things once, of several processes by the first.
_TELLERS = ("lightning.pytorch.utilities.rank_zero", "lightning.fabric.utilities.rank_zero")
_ADVERT = re.compile(r"\W*Tip: For seamless cloud |Loading `train_dataloader` to estimate ")
_WARNINGS = (  # the beginning of each, as a regular expression
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",
    r"`is_gradient_checkpointing` is deprecated",
    # A run folder belongs to one process and is never empty: what Hydra writes is there before.
    r"Experiment logs directory .* exists and is not empty",
    r"Checkpoint directory .* exists and is not empty",
)


def silence() -> None:
    """Has them no longer told in this process. Twice is as once."""
    for name in _TELLERS:
        logging.getLogger(name).addFilter(_is_no_advert)
    for beginning in _WARNINGS:
        warnings.filterwarnings("ignore", beginning)


def _is_no_advert(record: logging.LogRecord) -> bool:
    return _ADVERT.match(record.getMessage()) is None
