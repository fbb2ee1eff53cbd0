"""Decoders: propose x choose."""

from cadgen.decode.candidate import Candidate, Offers
from cadgen.decode.choose import Execute, Executes, Heuristic, Likelihood, Visual
from cadgen.decode.decoder import Decoder
from cadgen.decode.load import load_decoder
from cadgen.decode.propose import Beam, Greedy, Repaired, Sample, regenerate
from cadgen.decode.refine import Refine
from cadgen.decode.run import Case, Decoded, batches, decode
from cadgen.decode.shot import Shot, Shots

__all__ = [
    "Beam",
    "Candidate",
    "Case",
    "Decoded",
    "Decoder",
    "Execute",
    "Executes",
    "Greedy",
    "Heuristic",
    "Likelihood",
    "Offers",
    "Refine",
    "Repaired",
    "Sample",
    "Shot",
    "Shots",
    "Visual",
    "batches",
    "decode",
    "load_decoder",
    "regenerate",
]
