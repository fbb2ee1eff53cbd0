"""The likelihood of each token of the program, given the picture and the tokens before it."""

from torch import Tensor, nn

from cadgen.model import Network
from cadgen.model.loss import presence_loss, token_loss
from cadgen.model.number import NumberTargets


class Likelihood(nn.Module):
    """number_spread: see `NumberTargets`. presence_weight: of `presence_loss`, told from the mean of the encoded
    patches by a layer that only training has: it makes the encoder see before the decoder has learnt to look.
    """

    def __init__(
        self,
        network: Network,
        label_smoothing: float = 0.0,
        number_spread: float = 0.0,
        presence_weight: float = 0.0,
    ):
        super().__init__()
        self.label_smoothing, self.presence_weight = label_smoothing, presence_weight
        size = network.decoder.config.vocab_size
        self.targets = NumberTargets(network.tokenizer, size, number_spread) if number_spread else None
        self.presence = nn.Linear(network.projector.out_features, size) if presence_weight else None
        if self.presence is not None:
            nn.init.constant_(self.presence.bias, -4.0)  # most tokens are absent

    def forward(self, network: Network, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss, and `loss`, that of the tokens, and `presence` where it has a weight."""
        patches_BND = network.encode(batch["image"])
        logits_BLV = network.read(patches_BND, batch["labels"])
        loss = token_loss(logits_BLV, batch["labels"], self.label_smoothing, self.targets)
        if self.presence is None:
            return loss, {"loss": loss}
        presence = presence_loss(self.presence(patches_BND.mean(1)), batch["labels"])
        return loss + self.presence_weight * presence, {"loss": loss, "presence": presence}
