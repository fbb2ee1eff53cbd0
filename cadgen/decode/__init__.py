"""Decoders: propose x choose."""

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Execute, Executes, Heuristic, Likelihood, Picture, Visual
from cadgen.decode.decoder import Decoder
from cadgen.decode.propose import Beam, Greedy, Repaired, Sample, regenerate
from cadgen.decode.refine import Refine

__all__ = [
    "Beam",
    "Candidate",
    "Decoder",
    "Execute",
    "Executes",
    "Greedy",
    "Heuristic",
    "Likelihood",
    "Offers",
    "Picture",
    "Refine",
    "Repaired",
    "Sample",
    "Visual",
    "regenerate",
]
