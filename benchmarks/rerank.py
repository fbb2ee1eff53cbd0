"""The weights of conf/decoding/rerank.yaml: `python benchmarks/rerank.py --ckpt shipped`. Prints Markdown.

Least squares of each candidate's aligned IoU on its features, both less their mean over the picture's candidates: what
tells the better of two answers to one picture. Parts are generated and held out.
"""

import argparse

import numpy as np

from cadgen.data import synthetic
from cadgen.decode import Candidate, decode, load_decoder
from cadgen.decode.quality import Features, quality
from cadgen.eval.case import cases
from cadgen.eval.provenance import commit
from cadgen.eval.truth import references
from cadgen.model import find_checkpoint, load_network
from cadgen.shape import Sandbox, iou_aligned, score

SEED = 3  # another one than validation's and the ablation's


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ckpt", default="shipped")
    parser.add_argument("--num", type=int, default=200, help="parts; a seventh of them more are judged, not fitted to")
    parser.add_argument("--root", default="outputs/data")
    arguments = parser.parse_args()
    network = load_network(find_checkpoint(arguments.ckpt)).eval()
    decoder = load_decoder("best_of_n")
    num_held_out = arguments.num // 7
    samples = synthetic(arguments.num + num_held_out, SEED, arguments.root)
    with Sandbox(profile="interp") as box:
        truths, _ = references({sample.id: sample.code for sample in samples}, box)
        groups = []
        for one in decode(network, decoder, cases(samples, network.sight), box):
            distinct = list({candidate.code: candidate for candidate in one.candidates}.values())
            groups.append(_group(distinct, truths[one.case_id].solid, box))
    weights = _fit(groups[num_held_out:])
    print(f"commit {commit()}, {len(groups)} parts\n\n| feature | weight |\n| --- | --- |")
    for name, weight in zip(Features.names(), weights, strict=True):
        print(f"| {name} | {weight:.3f} |")
    print("\n| aligned IoU of | fitted parts | held-out parts |\n| --- | --- | --- |")
    fluency = np.eye(len(weights))[Features.names().index("fluency")]
    for name, way in (("the likeliest", fluency), ("the heaviest", weights), ("the best there is", None)):
        print(f"| {name} | {_mean(groups[num_held_out:], way):.3f} | {_mean(groups[:num_held_out], way):.3f} |")


def _group(candidates: list[Candidate], truth, box: Sandbox) -> tuple[np.ndarray, np.ndarray]:
    """(N, F) features and (N,) IoU of the candidates of one picture."""
    executions = box.run([candidate.code for candidate in candidates])
    features = [list(vars(quality(c, e)).values()) for c, e in zip(candidates, executions, strict=True)]
    ious = [score(iou_aligned, [(truth, e.solid)])[0].value if e.solid else 0.0 for e in executions]
    return np.array(features), np.array(ious)


def _fit(groups: list[tuple[np.ndarray, np.ndarray]], ridge: float = 1.0) -> np.ndarray:
    """ridge: as many made-up candidates say that a feature tells nothing; features that never differ get 0."""
    x = np.concatenate([features - features.mean(0) for features, _ in groups])
    y = np.concatenate([ious - ious.mean() for _, ious in groups])
    return np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y)


def _mean(groups: list[tuple[np.ndarray, np.ndarray]], weights: np.ndarray | None) -> float:
    """Of the chosen candidate's IoU; None: of the best."""
    return float(np.mean([ious.max() if weights is None else ious[np.argmax(x @ weights)] for x, ious in groups]))


if __name__ == "__main__":
    main()
