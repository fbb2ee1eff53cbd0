"""Judges what decoders write: a row a picture and decoding, whatever happens."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.progress import track

from cadgen.data import Sample
from cadgen.decode import Decoded, Decoder, decode
from cadgen.eval.case import cases
from cadgen.eval.comparison import Judged, oracle_of, row_of, rows_of
from cadgen.eval.journal import Journal, Verdict
from cadgen.eval.metric import PRIMARY
from cadgen.eval.row import Row
from cadgen.eval.truth import Truth
from cadgen.model import Gate, Network
from cadgen.shape import Execution, Sandbox


def judge_decodings(
    network: Network | Gate,
    decodings: Mapping[str, Decoder],
    samples: Sequence[Sample],
    truths: Mapping[str, Truth],
    box: Sandbox,
    oracle: bool = False,
    all_candidates: bool = False,
    is_quiet: bool = False,
    journal: Journal | None = None,
) -> Judged:
    """Decodes the samples that have a truth by each decoding and judges that, each as soon as it is decoded.

    oracle: see `verdict`; is_quiet: shows no progress; journal: gets what is judged, and what it knows already is not
    judged again.
    """
    rows, candidates = list[Row](), list[Row]()
    for name, decoder in decodings.items():
        box.forget()  # what decodings before it had executed is not to make this one seem faster
        found = journal.known(name) if journal else {}
        left = [sample for sample in samples if sample.id in truths and sample.id not in found]

        def keep(one: Decoded) -> None:
            found[one.case_id] = verdict(name, one, truths[one.case_id], box, oracle, all_candidates)  # noqa: B023
            if journal:
                journal.add(found[one.case_id])  # noqa: B023

        pictures = track(cases(left, network.sight), name, total=len(left), disable=is_quiet)
        decode(network, decoder, pictures, box, then=keep)
        verdicts = [found[sample.id] for sample in samples if sample.id in found]
        rows += rows_of(verdicts)
        candidates += [row for one in verdicts for row in one.candidates]
    return Judged(rows, candidates)


def judge(decoding: str, decoded: Sequence[Decoded], truths: Mapping[str, Truth], box: Sandbox) -> list[Row]:
    """One row a decoded case, in their order: of its best candidate."""
    found = _run([one.candidate.code for one in decoded], box)
    return [_row_of(decoding, one, 0, found, truths[one.case_id]) for one in decoded]


def verdict(
    decoding: str, one: Decoded, truth: Truth, box: Sandbox, oracle: bool = False, all_candidates: bool = False
) -> Verdict:
    """Judges one case, and those of its candidates that were asked for: what a preference can be learnt from.

    oracle: where there are several candidates also the one with the best aligned IoU, which only who knows the truth
    could choose, as a row of the decoding `<decoding>:oracle`.
    """
    several = oracle and len(one.candidates) > 1
    codes = [candidate.code for candidate in one.candidates] if several or all_candidates else []
    found = _run([one.candidate.code, *codes], box)
    return Verdict(
        _row_of(decoding, one, 0, found, truth),
        oracle_of(_row_of(decoding, one, _best(one, found, truth), found, truth)) if several else None,
        tuple(_row_of(decoding, one, rank, found, truth) for rank in range(len(codes) if all_candidates else 0)),
    )


def _run(codes: Sequence[str], box: Sandbox) -> dict[str, Execution]:
    return dict(zip(codes, box.run(codes), strict=True))


def _row_of(name: str, one: Decoded, rank: int, found: Mapping[str, Execution], truth: Truth) -> Row:
    candidate = one.candidates[rank] if one.candidates else one.candidate
    row = row_of(name, one.case_id, candidate.code, found[candidate.code], truth)
    row = replace(row, log_probability=candidate.log_probability, confidence=candidate.confidence)
    return replace(row, seconds=one.seconds, rank=rank)


def _best(one: Decoded, found: Mapping[str, Execution], truth: Truth) -> int:
    """The place of the first candidate with the best aligned IoU; one that runs before one that does not."""
    scores: dict[str, float] = {}
    for code in dict.fromkeys(candidate.code for candidate in one.candidates):
        solid = found[code].solid
        scores[code] = PRIMARY.score(truth, solid).value if solid else -1.0
    return max(range(len(one.candidates)), key=lambda rank: scores[one.candidates[rank].code], default=0)
