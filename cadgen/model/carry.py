"""python -m cadgen.model.carry RUN TOKENIZER OUT: a trained network with another tokenizer, to be trained on.

RUN: a run or a checkpoint folder; TOKENIZER: its file; OUT: the new checkpoint folder. Shapes: V tokens, D width.
"""

import argparse
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from cadgen.model.checkpoint import find_checkpoint, load_network, save_network
from cadgen.model.network import Network
from cadgen.model.tokenizer import load_tokenizer


def carried(network: Network, tokenizer: PreTrainedTokenizerFast) -> Network:
    """The network with this tokenizer, its other weights as they are.

    Tokens that both have keep their rows of the embedding; a new one begins as the mean of those that its text had.
    """
    decoder = network.decoder.config.to_diff_dict() | {
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.pad_token_id,
    }
    found = Network(network.vision_arguments, decoder, tokenizer, network.max_tokens, network.pixels, network.sees)
    given, sources = network.state_dict(), [_sources(token, network.tokenizer) for token in _tokens(tokenizer)]
    with torch.no_grad():
        for name, own in found.state_dict().items():
            was = given[name]
            same = own.shape == was.shape and name not in _TABLES
            own.copy_(was if same else torch.stack([was[ids].mean(0) for ids in sources]))
    found.pretrained = network.pretrained
    return found


_TABLES = frozenset(f"decoder.{name}.weight" for name in ("shared", "decoder.embed_tokens", "lm_head"))  # (V, D)


def _tokens(tokenizer: PreTrainedTokenizerFast) -> list[str]:
    """In the order of their numbers."""
    return [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


def _sources(token: str, old: PreTrainedTokenizerFast) -> list[int]:
    """The old tokens that a token's text had."""
    known = old.get_vocab().get(token)
    if known is not None:
        return [known]
    text = old.backend_tokenizer.decoder.decode([token])
    return old.encode(text, add_special_tokens=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("tokenizer", type=Path, metavar="TOKENIZER")
    parser.add_argument("out", type=Path, metavar="OUT")
    given = parser.parse_args()
    save_network(carried(load_network(find_checkpoint(given.run)), load_tokenizer(given.tokenizer)), given.out)


if __name__ == "__main__":
    main()
