"""The network: ViT -> linear projector -> T5 decoder with cross-attention. Knows nothing of CAD.

Shapes: B batch, C H W image, N patches, D decoder width, L tokens, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from transformers import EncoderDecoderCache, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
from transformers.generation import GenerateBeamEncoderDecoderOutput, GenerateEncoderDecoderOutput
from transformers.modeling_outputs import BaseModelOutput

from cadgen.model.vision import build_vision
from cadgen.picture import Seen, Sight

Generated = GenerateEncoderDecoderOutput | GenerateBeamEncoderDecoderOutput


@dataclass(frozen=True)
class Lora:
    """Low-rank adaptation (Hu et al. 2021) of every `targets` layer of the decoder."""

    r: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q", "k", "v", "o", "wi", "wo")


class Network(nn.Module):
    """A picture in, a distribution over tokens out.

    vision: arguments of `build_vision`; decoder: a `T5Config` as a dict; pixels: the mean that is taken
    off each pixel and the deviation it is then divided by; sees: names of the channels it is shown. `pretrained` says
    whether the weights are other than random, which adapting them needs.
    """

    def __init__(
        self,
        vision: dict,
        decoder: dict,
        tokenizer: PreTrainedTokenizerFast,
        max_tokens: int = 320,
        pixels: tuple[float, float] = (0.5, 0.5),
        sees: tuple[str, ...] = ("colour",),
    ):
        super().__init__()
        self.vision_arguments, self.max_tokens, self.tokenizer = dict(vision), max_tokens, tokenizer
        self.pixels, self.sees = pixels, tuple(sees)
        self.pretrained = False
        self.vision = build_vision(vision)
        self.decoder = drop_encoder(T5ForConditionalGeneration(T5Config(**decoder)))
        self.projector = nn.Linear(self.vision.num_features, self.decoder.config.d_model)

    @property
    def sight(self) -> Sight:
        return Sight(self.sees, self.vision.patch_embed.img_size[0])

    def of(self, seen: Sequence[Seen]) -> "Network":
        """The network for these pictures of one part: itself, as a `Gate` has it."""
        return self

    def encode(self, image_BCHW: Tensor) -> Tensor:
        """(B, N, D) from pixel values in [0, 1], white 1, or from 0 to 255 as uint8.

        Encoders with another number of channels than they are shown, as published ones for RGB, see their mean.
        """
        mean, deviation = self.pixels
        scale = 255.0 if image_BCHW.dtype == torch.uint8 else 1.0
        pixels_BCHW = (image_BCHW.to(self.projector.weight.dtype) / scale - mean) / deviation
        channels = self.vision_arguments.get("in_chans", 3)
        if pixels_BCHW.shape[1] != channels:
            pixels_BCHW = pixels_BCHW.mean(1, keepdim=True).expand(-1, channels, -1, -1)
        return self.projector(self.vision.forward_features(pixels_BCHW))

    def forward(self, image_BCHW: Tensor, labels_BL: Tensor) -> Tensor:
        """(B, L, V) logits of each next token; labels are padded with -100."""
        return self.read(self.encode(image_BCHW), labels_BL)

    def read(self, patches_BND: Tensor, labels_BL: Tensor) -> Tensor:
        """`forward` from encoded pictures."""
        return self.decoder(encoder_outputs=BaseModelOutput(last_hidden_state=patches_BND), labels=labels_BL).logits

    def next_logits(self, patches_BND: Tensor, tokens_BT: Tensor, cache: EncoderDecoderCache) -> Tensor:
        """(B, V) float logits of the token after `tokens_BT`, which `cache` grows by and follow what it holds."""
        encoded = BaseModelOutput(last_hidden_state=patches_BND)
        output = self.decoder(
            encoder_outputs=encoded, decoder_input_ids=tokens_BT, past_key_values=cache, use_cache=True
        )
        return output.logits[:, -1].float()

    def generate(self, patches_BND: Tensor, **settings) -> Generated:
        """What `transformers` generates from encoded pictures; `settings` are those of `GenerationMixin.generate`."""
        output = self.decoder.generate(
            encoder_outputs=BaseModelOutput(last_hidden_state=patches_BND),
            max_new_tokens=self.max_tokens,
            return_dict_in_generate=True,
            output_scores=True,
            **settings,
        )
        return cast(Generated, output)

    def adapt(self, trainable_blocks: int | None = None, lora: Lora | None = None) -> "Network":
        """Freezes the ViT but for its last `trainable_blocks` and gives the decoder LoRA; None: all of it trains.

        Raises `ValueError` on random weights: freezing those keeps noise.
        """
        if not self.pretrained and (trainable_blocks is not None or lora is not None):
            raise ValueError(
                "freezing the encoder or LoRA needs pretrained weights, and these are random: start from a checkpoint "
                "(model.weights=RUN) or train all (model.trainable_blocks=null model.lora=null)"
            )
        if trainable_blocks is not None:
            self.vision.requires_grad_(False)
            for block in list(self.vision.blocks)[max(0, len(self.vision.blocks) - trainable_blocks) :]:
                block.requires_grad_(True)
            self.vision.norm.requires_grad_(trainable_blocks > 0)
        if lora is not None:
            adapter = LoraConfig(
                r=lora.r,
                lora_alpha=lora.alpha,
                lora_dropout=lora.dropout,
                target_modules=list(lora.targets),
                task_type="SEQ_2_SEQ_LM",
            )
            self.decoder = cast(T5ForConditionalGeneration, get_peft_model(self.decoder, adapter))
        return self

    @property
    def has_lora(self) -> bool:
        return isinstance(self.decoder, PeftModel)


def count_parameters(network: nn.Module) -> tuple[int, int]:
    """(total, trainable); shared weights count once."""
    parameters = list(network.parameters())
    return sum(p.numel() for p in parameters), sum(p.numel() for p in parameters if p.requires_grad)


class _NoEncoder(nn.Module):
    """Stands where T5 keeps its text encoder; `generate` asks it for this name and, given encoded pictures, no more."""

    main_input_name = "input_ids"


def drop_encoder(t5: T5ForConditionalGeneration) -> T5ForConditionalGeneration:
    """The T5 without its text encoder: pictures take its place."""
    # generate() sizes its cache by num_layers, the encoder's, so that has to equal the number of decoder layers.
    t5.config.num_layers = cast(int, t5.config.num_decoder_layers)
    t5.encoder = cast(Any, _NoEncoder())
    return t5


def learning_rate_groups(network: Network, learning_rate: float, weight_decay: float) -> list[dict]:
    """AdamW groups: matrices decay, vectors (norms, biases) do not; T5's query weights move in smaller steps.

    T5 folds the 1 / sqrt(d_kv) of attention into the start of its query weights. Adam's steps know nothing of that: at
    the common rate they outgrow those weights within tens of steps, attention saturates, and the decoder stays blind.
    """
    trained = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    queries = [p for name, p in trained if name.startswith("decoder.") and name.endswith(".q.weight")]
    special = {id(p) for p in queries}
    others = [p for _, p in trained if id(p) not in special]
    scale = network.decoder.config.d_kv**-0.5
    groups = [
        {"params": [p for p in others if p.ndim > 1], "lr": learning_rate, "weight_decay": weight_decay},
        {"params": [p for p in others if p.ndim <= 1], "lr": learning_rate, "weight_decay": 0.0},
        {"params": queries, "lr": learning_rate * scale, "weight_decay": weight_decay},
    ]
    return [group for group in groups if group["params"]]
