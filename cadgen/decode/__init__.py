"""Decoders: propose x choose."""

from cadgen.decode.candidate import Candidate
from cadgen.decode.choose import Likelihood
from cadgen.decode.decoder import Decoder
from cadgen.decode.propose import Beam, Greedy, Sample, regenerate

__all__ = ["Beam", "Candidate", "Decoder", "Greedy", "Likelihood", "Sample", "regenerate"]
