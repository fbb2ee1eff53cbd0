"""The numbers of cadgen/decode/confidence.json: `python benchmarks/confidence.py --ckpt RUN`. Prints Markdown.

Generated parts in mixed styles, of seeds that no training takes, are decoded, half greedily and half by `--decoding`;
what was offered for each, and its aligned IoU, are kept in `--cache`, a line each, where the next call goes on: what
speaks for an answer is looked at anew every time, some tenths of a second each.
A logistic regression over the few of `Evidence` that pay is fitted to them, and judged on parts it was not fitted to.
What it was fitted to goes to `--table`, a line an answer.
`--rows FILE...` fits nothing: it measures the confidence in rows of cadgen.evaluate, and draws it to `--plot`.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from report import table
from scipy.optimize import minimize

from cadgen.decode import Candidate, Decoded, Decoder, Greedy, Likelihood, Refine, Shot, decode, load_decoder
from cadgen.decode.confidence import FILE, known
from cadgen.decode.evidence import FLAGS, Evidence, evidence_of
from cadgen.decode.solids import built
from cadgen.eval.calibration import RIGHT, auroc, calibration_error, judged, reliability
from cadgen.eval.case import case_of
from cadgen.eval.provenance import commit
from cadgen.eval.row import read_rows
from cadgen.json_lines import read_objects
from cadgen.kernel import build
from cadgen.model import Gate, Network, load_reader
from cadgen.parts import Styles, draw_pair
from cadgen.paths import write_whole
from cadgen.picture import Picture, see
from cadgen.shape import Camera, Sandbox, iou_aligned, score

SEED = 17 << 48  # trainings draw seeds from 0 and 1 shifted so, and datasets none that are as large
FOLDS = 5
RIDGE = 0.02  # a weight of 1 costs as much as this much log-loss over all answers together
PAYS = 0.01  # log-loss of an answer that another number has to save
TABLE = Path(__file__).resolve().parents[1] / "experiments" / "any_picture" / "confidence.csv"
ROUNDED, DIGITS = 5, 6  # digits in the file, and in the table
LEAST = 0.15  # by which right answers are taken to differ at least: few of them differ by too little


@dataclass(frozen=True)
class Answer:
    """One decoded picture: what was offered, best first, and the aligned IoU of the best, 0 without a solid."""

    seed: int
    decoding: str
    iou: float
    candidates: tuple[Candidate, ...]

    @property
    def right(self) -> bool:
        return self.iou > RIGHT

    @cached_property
    def evidence(self) -> Evidence | None:
        """None where there is no solid; of a program that the mesh kernel cannot build too, which few are."""
        first, *others = self.candidates or [None]
        solid = built(first.code) if first and first.confidence else None
        return evidence_of(first, others, solid, (Shot(see(_picture(self.seed)[0])),)) if first and solid else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ckpt", default="shipped")
    parser.add_argument("--num", type=int, default=200, help="parts; half of them are decoded greedily")
    parser.add_argument("--decoding", default="refine", help="of the other half (default: refine)")
    parser.add_argument("--looks", type=int, help="num_looks of that decoding, where it is to be another")
    parser.add_argument("--cache", type=Path, default=Path("outputs/confidence.jsonl"))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="decode no longer than this, then fit")
    parser.add_argument("--out", type=Path, default=FILE, help="the file that is written")
    parser.add_argument("--table", type=Path, default=TABLE, help="the evidence that it is fitted to")
    parser.add_argument("--rows", type=Path, nargs="+", help="rows of cadgen.evaluate, or folders of runs")
    parser.add_argument("--plot", type=Path, default=Path("outputs/confidence.png"))
    arguments = parser.parse_args()
    print(f"commit {commit()}\n")
    if arguments.rows:
        _measure(arguments.rows, arguments.plot)
        return
    answers = _answers(arguments)
    right_N = _told(answers, ())[1]
    if right_N.sum() < FOLDS or (~right_N).sum() < FOLDS:
        raise SystemExit(f"{right_N.sum()} of {len(right_N)} answers are right: too few of a kind to fit; decode more")
    _tell_alone(answers)
    names = _paying(answers)
    _tell_fit(answers, names)
    _write_evidence(arguments.table, answers)
    _write(arguments.out, answers, names, [f"python {' '.join(sys.argv)}"])


def _answers(arguments: argparse.Namespace) -> list[Answer]:
    """Those in the cache, and the others decoded now and put there."""
    wanted = [(SEED + number, ("greedy", arguments.decoding)[number % 2]) for number in range(arguments.num)]
    found = {(one.seed, one.decoding): one for one in _cached(arguments.cache)}
    missing = [one for one in wanted if one not in found]
    if missing:
        arguments.cache.parent.mkdir(parents=True, exist_ok=True)
        with arguments.cache.open("a") as file:
            for answer in _decoded(missing, arguments):
                file.write(json.dumps(asdict(answer)) + "\n")
                file.flush()
                found[answer.seed, answer.decoding] = answer
    return [found[one] for one in wanted if one in found]


def _cached(path: Path) -> Iterator[Answer]:
    for _, told in read_objects(path) if path.exists() else ():
        yield Answer(**told | {"candidates": tuple(map(_candidate, told["candidates"]))})


def _candidate(told: dict) -> Candidate:
    return Candidate(**told | {"cameras": tuple(Camera(**camera) for camera in told["cameras"])})


def _decoded(wanted: Sequence[tuple[int, str]], arguments: argparse.Namespace) -> Iterator[Answer]:
    network = load_reader(arguments.ckpt)
    decoders = {"greedy": Decoder(Greedy(), Likelihood()), arguments.decoding: _decoder(arguments)}
    ends = time.monotonic() + arguments.seconds
    with Sandbox(profile="interp") as box:
        for seed, decoding in wanted:
            if time.monotonic() > ends:
                return
            yield _answer(seed, decoding, network, decoders[decoding], box)


def _decoder(arguments: argparse.Namespace) -> Decoder:
    decoder = load_decoder(arguments.decoding)
    if arguments.looks is None:
        return decoder
    if not isinstance(decoder.choose, Refine):
        raise SystemExit(f"--looks: {arguments.decoding} does not refine")
    return replace(decoder, choose=replace(decoder.choose, num_looks=arguments.looks))


def _answer(seed: int, decoding: str, network: Network | Gate, decoder: Decoder, box: Sandbox) -> Answer:
    picture, code = _picture(seed)
    (decoded,) = decode(network, decoder, [case_of(str(seed), [picture], network.sight)], box)
    return Answer(seed, decoding, _iou(code, decoded, box), tuple(decoded.candidates))


def _picture(seed: int) -> tuple[Picture, str]:
    """The picture of this seed and the program behind it."""
    image, code = draw_pair(seed, styles=Styles())
    return Picture.of(image), code


def _iou(code: str, decoded: Decoded, box: Sandbox) -> float:
    (execution,) = box.run([decoded.candidate.code])
    return score(iou_aligned, [(build(code), execution.solid)])[0].value if execution.solid else 0.0


def _told(answers: Sequence[Answer], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(N, F) numbers and (N,) bool, of the answers that leave a solid; the others are known to be wrong."""
    told = [(one.evidence, one.right) for one in answers if one.evidence]
    x_NF = np.array([[getattr(evidence, name) for name in names] for evidence, _ in told]).reshape(len(told), -1)
    return x_NF, np.array([right for _, right in told], bool)


def fit(x_NF: np.ndarray, right_N: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """(1 + F,): bias and weights of the likeliest logistic regression; below 0 only for flags."""

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total_N = weights[0] + x_NF @ weights[1:]
        off_N = 1 / (1 + np.exp(-total_N)) - right_N
        slope = np.array([off_N.sum(), *(off_N @ x_NF + 2 * RIDGE * weights[1:])])
        return float(
            np.logaddexp(0, np.where(right_N, -total_N, total_N)).sum() + RIDGE * (weights[1:] ** 2).sum()
        ), slope

    bounds = [(None, None), *((None if name in FLAGS else 0.0, None) for name in names)]
    return minimize(loss, np.zeros(1 + len(names)), jac=True, bounds=bounds, method="L-BFGS-B").x


def sure(x_NF: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(N,) confidence."""
    return 1 / (1 + np.exp(-np.clip(weights[0] + x_NF @ weights[1:], -50, 50)))


def _held_out(answers: Sequence[Answer], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) confidence of each answer by a fit to others, and whether it is right."""
    x_NF, right_N = _told(answers, names)
    confidence_N = np.empty(len(x_NF))
    for fold in range(FOLDS):
        held_N = np.arange(len(x_NF)) % FOLDS == fold
        confidence_N[held_N] = sure(x_NF[held_N], fit(x_NF[~held_N], right_N[~held_N], names))
    return confidence_N, right_N


def _log_loss(confidence_N: np.ndarray, right_N: np.ndarray) -> float:
    return float(-np.log(np.clip(np.where(right_N, confidence_N, 1 - confidence_N), 1e-6, 1)).mean())


def _paying(answers: Sequence[Answer]) -> list[str]:
    """Names of `Evidence`, one more at a time as long as that makes answers that are held out likelier."""
    names: list[str] = []
    before = float("inf")
    while left := [name for name in Evidence.names() if name not in names]:
        losses = {name: _log_loss(*_held_out(answers, [*names, name])) for name in left}
        best = min(left, key=lambda name: losses[name])
        if losses[best] > before - PAYS:
            break
        names.append(best)
        before = losses[best]
    return names


def _tell_alone(answers: Sequence[Answer]) -> None:
    num_wrong = sum(one.evidence is None for one in answers)
    x_NF, right_N = _told(answers, Evidence.names())
    print(f"{len(answers)} answers, {num_wrong} without a solid, {right_N.sum()} right\n")
    rows = [
        (name, f"{auroc(x_N, right_N):.3f}", f"{x_N[right_N].mean():.3f}", f"{x_N[~right_N].mean():.3f}")
        for name, x_N in zip(Evidence.names(), x_NF.T, strict=True)
    ]
    table("evidence", "AUROC alone", "mean, right", "mean, wrong", rows=rows)


def _tell_fit(answers: Sequence[Answer], names: Sequence[str]) -> None:
    print()
    groups = {"all": list(answers)}
    for one in answers:
        groups.setdefault(one.decoding, []).append(one)
    confidence_N, right_N = _held_out(answers, names)
    decoding_N = np.array([one.decoding for one in answers if one.evidence])
    rows = []
    for name in groups:
        of_N = np.ones(len(right_N), bool) if name == "all" else decoding_N == name
        rows.append(
            (name, int(of_N.sum()), f"{right_N[of_N].mean():.2f}", *_figures(confidence_N[of_N], right_N[of_N]))
        )
    table("held out", "n", "right", "AUROC", "ECE", "log-loss", rows=rows)


def _figures(confidence_N: np.ndarray, right_N: np.ndarray) -> tuple[str, str, str]:
    both = right_N.any() and not right_N.all()
    return (
        f"{auroc(confidence_N, right_N):.3f}" if both else "",
        f"{calibration_error(confidence_N, right_N):.3f}",
        f"{_log_loss(confidence_N, right_N):.3f}",
    )


def _write_evidence(path: Path, answers: Sequence[Answer]) -> None:
    """Of the answers that leave a solid, those that are fitted to."""
    lines = [",".join(("seed", "decoding", "iou_aligned", *Evidence.names()))]
    for one in answers:
        if one.evidence:
            numbers = (repr(round(value, DIGITS)) for value in asdict(one.evidence).values())
            lines.append(",".join((str(one.seed), one.decoding, f"{one.iou:.{DIGITS}f}", *numbers)))
    write_whole(path, "\n".join(lines) + "\n")


def _write(path: Path, answers: Sequence[Answer], names: Sequence[str], commands: Sequence[str]) -> None:
    x_NF, right_N = _told(answers, names)
    bias, *weights = fit(x_NF, right_N, names)
    shares = list(known().usual)
    usual_NF = _told(answers, shares)[0][right_N]
    told: dict[str, Any] = {
        "threshold": known().threshold,
        "bias": round(float(bias), ROUNDED),
        "weights": {name: round(float(weight), ROUNDED) for name, weight in zip(names, weights, strict=True)},
        "usual": {
            name: [round(float(x_N.mean()), ROUNDED), round(max(float(x_N.std()), LEAST), ROUNDED)]
            for name, x_N in zip(shares, usual_NF.T, strict=True)
        },
        "fitted": {
            "commands": list(commands),
            "commit": commit(),
            "iou_above": RIGHT,
            "num": len(right_N),
            "num_right": int(right_N.sum()),
        },
    }
    write_whole(path, json.dumps(told, indent=1) + "\n")
    print(f"\n{path}: {told['bias']} {told['weights']}")


def _measure(paths: Sequence[Path], plot: Path) -> None:
    groups: dict[str, list] = {}
    for path in paths:
        for row in read_rows(path):
            groups.setdefault(row.decoding, []).append(row)
    found = {name: told for name, rows in groups.items() if len((told := judged(rows))[0])}
    if not found:
        raise SystemExit("no row has a confidence; judge the runs again")
    rows = [(name, len(told[0]), f"{told[1].mean():.2f}", *_figures(*told)) for name, told in found.items()]
    table("decoding", "n", "right", "AUROC", "ECE", "log-loss", rows=rows)
    _draw(found, plot)
    print(f"\n{plot}")


def _draw(found: dict[str, tuple[np.ndarray, np.ndarray]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, figsize=(5, 6), sharex=True, height_ratios=(3, 1))
    above.plot((0, 1), (0, 1), color="#cccccc")
    for name, (confidence_N, right_N) in found.items():
        bins = reliability(confidence_N, right_N)
        above.plot([one.confidence for one in bins], [one.right for one in bins], "o-", label=name)
        below.hist(confidence_N, bins=10, range=(0, 1), histtype="step")
    above.set(ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    below.set(xlabel="confidence", ylabel="answers")
    above.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, bbox_inches="tight")
    pyplot.close(figure)


if __name__ == "__main__":
    main()
