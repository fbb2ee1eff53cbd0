"""Measures `cadgen.lang` on real programs: `python benchmarks/lang.py --data ../shared/data`. Prints Markdown.

Sections: coverage, times, check, normalise, tokens, repair, masks, sampling, decoding; `--only repair` runs one. Times
are those of the machine; shares and ratios are what to read.
"""

import argparse
import json
import sysconfig
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import torch
from damage import KINDS, SINGLE_EDITS, balance, damage
from report import sections, table
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from transformers import PreTrainedTokenizerFast

from cadgen.decode import Beam, Greedy, Sample
from cadgen.decode import grammar_mask as adapter
from cadgen.lang import Grammar, check, normalise_all, repair
from cadgen.lang.mask import Masker
from cadgen.model import compact, find_checkpoint, load_network
from cadgen.program import GRID
from cadgen.shape import NotManifold, Sandbox, Solid, iou

CORPORA = ("gencad_dev", "cadprompt_dev", "llm_parts_dev")
GRIDS = (256, 512, 1024, 2048, 4096)
PYTHON_MB = 25  # of the standard library, for the 32k vocabulary
TIMEOUT_S = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real programs")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    parser.add_argument("--ckpt", type=Path, help="run whose network decoding takes (random weights without)")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"--data {arguments.data} is no folder; name the one that holds gencad_dev")
    chosen = {name: partial(section, arguments) for name, section in SECTIONS.items()}
    sections(chosen, arguments.only)


def programs(data: Path, corpus: str) -> list[str]:
    """The programs of `corpus` that are known to run."""
    path = data / corpus / "manifest.jsonl"
    rows = [json.loads(line) for line in (path if path.exists() else data / f"{corpus}.jsonl").read_text().splitlines()]
    return [row["code"] for row in rows if row.get("runs", True)]


def normalised(codes: list[str], grid: float = GRID) -> Iterator[tuple[str, str]]:
    """(original, normal form) of those that can be brought in."""
    with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
        found = normalise_all(codes, grid, box)
    yield from ((code, form) for code, form in zip(codes, found, strict=True) if isinstance(form, str))


def coverage(arguments: argparse.Namespace) -> None:
    def rows() -> Iterator[tuple]:
        for corpus in (*CORPORA, "llm_programs_dev"):
            codes = programs(arguments.data, corpus)
            (pairs, seconds) = timed(lambda codes=codes: list(normalised(codes)))
            forms = [form for _, form in pairs]
            counts = [sum(map(Grammar("basic").accepts, codes))]
            counts += [sum(map(Grammar(name).accepts, forms)) for name in ("basic", "full")]
            yield (
                corpus,
                len(codes),
                len(forms),
                *counts,
                f"{counts[-1] / len(codes):.3f}",
                f"{seconds / len(codes) * 1e3:.0f}",
            )

    columns = "corpus", "programs", "normalised", "basic, as written", "basic", "full", "share in full", "ms a program"
    table(*columns, rows=rows())


def times(arguments: argparse.Namespace) -> None:
    """One program after the other, each executed (and meshed) before it is brought in, by one worker."""

    def rows() -> Iterator[tuple]:
        with Sandbox(workers=1, timeout_s=TIMEOUT_S) as box:
            for corpus in (*CORPORA, "llm_programs_dev"):
                codes = programs(arguments.data, corpus)
                box.forget()
                run, brought = (
                    np.median([timed(lambda code=code, work=work: work([code]))[1] for code in codes])
                    for work in (box.run, partial(normalise_all, grid=GRID, box=box))
                )
                yield corpus, len(codes), f"{run * 1e3:.0f}", f"{brought * 1e3:.0f}", f"{brought / run:.2f}"

    table("corpus", "programs", "executed, ms", "normalised, ms, median", "ratio", rows=rows())


def checks(arguments: argparse.Namespace) -> None:
    lines = (arguments.data / "llm_programs_dev.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    issues, seconds = zip(*(timed(lambda code=row["code"]: check(code)) for row in rows), strict=True)
    verdicts = Counter((bool(found), row["runs"]) for found, row in zip(issues, rows, strict=True))
    hits, alarms, misses = verdicts[True, False], verdicts[True, True], verdicts[False, False]
    print(
        f"{len(rows)} programs of which the kernel refused {hits + misses}: check flagged {hits + alarms}, {alarms} of"
    )
    print(f"them wrongly. Precision {hits / max(hits + alarms, 1):.3f}, recall {hits / (hits + misses):.3f}.")
    others = [code for corpus in CORPORA for code in programs(arguments.data, corpus)]
    print(f"Of {len(others)} other programs that run it flagged {sum(bool(check(code)) for code in others)}.")
    milliseconds = np.array(seconds) * 1e3
    print(f"A program takes {np.median(milliseconds):.1f} ms in the median, at most {milliseconds.max():.0f} ms.")


def fidelity(arguments: argparse.Namespace) -> None:
    def rows() -> Iterator[tuple]:
        with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
            for corpus in CORPORA[:2]:
                codes = programs(arguments.data, corpus)
                originals = dict(zip(codes, box.run(codes), strict=True))
                for grid in GRIDS:
                    pairs = [pair for pair in normalised(codes, grid) if originals[pair[0]].ok]
                    done = box.run([form for _, form in pairs])
                    solids = [(originals[code].solid, made.solid) for (code, _), made in zip(pairs, done, strict=True)]
                    scores = [score(a, b and replace(b, vertices=b.vertices / grid)) for a, b in solids]
                    ran = sum(b is not None for _, b in solids)
                    numbers = f"{np.mean(scores):.4f}", f"{np.median(scores):.4f}", f"{min(scores):.4f}"
                    yield corpus, grid, f"{len(pairs)}/{len(codes)}", ran, *numbers

    table("corpus", "steps a unit", "normalised", "of them run", "mean iou", "median", "min", rows=rows())


def tokens(arguments: argparse.Namespace) -> None:
    ours, python = compact().tokenizer, python_tokenizer()

    def rows() -> Iterator[tuple]:
        for corpus in CORPORA[:2]:
            pairs = list(normalised(programs(arguments.data, corpus)))
            texts = {
                "32k BPE, original": [len(python.encode(code).ids) for code, _ in pairs],
                "32k BPE, normal form": [len(python.encode(form).ids) for _, form in pairs],
                "ours, normal form": [len(ours.encode(form)) for _, form in pairs],
            }
            base = np.median(texts["32k BPE, original"])
            for name, counts in texts.items():
                median = np.median(counts)
                yield corpus, name, f"{median:.0f}", f"{np.percentile(counts, 95):.0f}", f"{median / base:.3f}"

    table("corpus", "tokenizer, text", "median", "p95", "median / that of the original", rows=rows())


def python_tokenizer() -> Tokenizer:
    """A byte-level BPE of 32,100 tokens on Python's standard library, as CodeT5's is one on code."""
    folder, left = Path(sysconfig.get_paths()["stdlib"]), PYTHON_MB * 2**20

    def texts() -> Iterator[str]:
        nonlocal left
        for path in sorted(folder.rglob("*.py")):
            if left > 0 and "site-packages" not in path.parts:
                text = path.read_text(errors="ignore")
                left -= len(text)
                yield text

    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts(), vocab_size=32_100, special_tokens=["<pad>", "</s>"], show_progress=False)
    return tokenizer


def repairs(arguments: argparse.Namespace) -> None:
    random, cases = Random(0), []
    for corpus in CORPORA[:2]:
        for _, form in normalised(programs(arguments.data, corpus)):
            cases += [(corpus, kind, form, damage(form, kind, random)) for kind in KINDS]
    print(f"{len(cases)} damaged programs, seed 0.\n")
    repaired, seconds = zip(*(timed(lambda code=case[3]: repair(code).code) for case in cases), strict=True)
    with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
        variants = {
            "none": [case[3] for case in cases],
            "bracket balancing": [balance(case[3]) for case in cases],
            "repair": [code or "" for code in repaired],
        }
        runs = [one.ok for one in box.run(variants["none"])]
        failed = [case[3] if ran else repair(case[3], failed=True).code for case, ran in zip(cases, runs, strict=True)]
        variants["repair of what fails"] = [code or "" for code in failed]
        truth = box.run([case[2] for case in cases])
        results = {name: box.run(codes) for name, codes in variants.items()}

    def rows() -> Iterator[tuple]:
        for kind in (*KINDS, "single edits"):
            chosen = [
                i
                for i, case in enumerate(cases)
                if case[1] == kind or kind == "single edits" != case[1] in SINGLE_EDITS
            ]
            for name, codes in variants.items():
                pairs = [(truth[i].solid, results[name][i].solid) for i in chosen]
                scores = [score(a, b) for a, b in pairs]
                accepted = np.mean([Grammar("full").accepts(codes[i]) for i in chosen])
                exact = np.mean([codes[i] == cases[i][2] for i in chosen])
                ran = np.mean([results[name][i].ok for i in chosen])
                yield kind, name, len(chosen), *(f"{x:.3f}" for x in (exact, accepted, ran, np.mean(scores)))

    table("damage", "remedy", "n", "restored exactly", "accepted", "executes", "mean iou", rows=rows())
    milliseconds = np.array(seconds) * 1e3
    print(f"\nrepair: median {np.median(milliseconds):.1f} ms, p95 {np.percentile(milliseconds, 95):.0f} ms,", end=" ")
    print(f"at most {milliseconds.max():.0f} ms.")
    harm(arguments)


def harm(arguments: argparse.Namespace, count: int = 100) -> None:
    """What repair does to programs that run but are not of the grammar."""
    codes = [code for corpus in (*CORPORA, "llm_programs_dev") for code in programs(arguments.data, corpus)]
    foreign = [code for code in dict.fromkeys(codes) if not Grammar("full").accepts(code)]
    chosen = Random(0).sample(foreign, count)
    repaired = [repair(code).code or "" for code in chosen]
    with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
        pairs = list(zip(box.run(chosen), box.run(repaired), strict=True))
    changed = sum(one != other for one, other in zip(chosen, repaired, strict=True))
    spoilt = sum(not other.ok or abs(other.solid.volume - one.solid.volume) > 1e-6 for one, other in pairs if one.ok)
    print(
        f"Of {count} programs that run and are not of the grammar, repair changed {changed}, and the solid of {spoilt}."
    )


def score(a: Solid | None, b: Solid | None) -> float:
    """Volume IoU in place; 0 where one is missing or has a mesh that encloses nothing."""
    try:
        return iou(a, b) if a and b else 0.0
    except NotManifold:
        return 0.0


def timed(function: Callable) -> tuple:
    started = time.perf_counter()
    return function(), time.perf_counter() - started


def masks(arguments: argparse.Namespace) -> None:
    forms = [form for _, form in normalised(programs(arguments.data, "gencad_dev"))]
    python = PreTrainedTokenizerFast(
        tokenizer_object=python_tokenizer()._tokenizer, pad_token="<pad>", eos_token="</s>"
    )

    def rows() -> Iterator[tuple]:
        for label, tokenizer in (("ours, 2k", compact().tokenizer), ("32k BPE", python)):
            for name in ("basic", "full"):
                masker, compile_s = timed(lambda n=name, t=tokenizer: Masker(Grammar(n), t))
                seconds = [each for form in forms for each in walk(masker, tokenizer.encode(form))]
                microseconds, seen = np.array(seconds) * 1e6, masker.statistics
                p50, p99 = np.percentile(microseconds, (50, 99))
                share = seen.forced / seen.positions
                saved = f"{1 / (1 - share):.2f}"
                yield label, name, f"{compile_s * 1e3:.1f}", f"{p50:.0f}", f"{p99:.0f}", f"{share:.3f}", saved

    times = "compile ms", "mask us, median", "p99"
    table("vocabulary", "grammar", *times, "forced tokens", "steps a fast-forward saves", rows=rows())


def walk(masker, tokens_L: list[int]) -> Iterator[float]:
    """Seconds for each mask along one program, its state moved on included."""
    for length in range(len(tokens_L)):
        row = np.array([tokens_L[:length]], np.int64)
        yield timed(lambda row=row: masker.masks(row))[1]


def sampling(arguments: argparse.Namespace, count: int = 200) -> None:
    torch.manual_seed(0)
    network = compact().eval()
    image_BCHW = torch.rand(8, 3, network.sight.size, network.sight.size)

    def rows() -> Iterator[tuple]:
        with Sandbox(workers=2, timeout_s=TIMEOUT_S) as box:
            for name in ("none", "basic", "full"):
                proposed = Sample(num_samples=count // 8, grammar=name)(network, image_BCHW)
                codes = [candidate.code for candidates in proposed for candidate in candidates]
                statuses = Counter(execution.status for execution in box.run(codes))
                accepted = [sum(map(Grammar(g).accepts, codes)) for g in ("basic", "full")]
                yield name, len(codes), *accepted, statuses["ok"], dict(statuses.most_common())

    table("grammar", "programs", "accepted by basic", "by full (parse)", "execute", "statuses", rows=rows())


def decoding(arguments: argparse.Namespace) -> None:
    torch.manual_seed(0)
    network = (load_network(find_checkpoint(arguments.ckpt)) if arguments.ckpt else compact()).eval()
    image_BCHW = torch.rand(16, 3, network.sight.size, network.sight.size)
    spent = 0.0
    apply = adapter.GrammarMask.__call__

    def watched(self, input_ids, scores):
        nonlocal spent
        result, seconds = timed(lambda: apply(self, input_ids, scores))
        spent += seconds
        return result

    def rows() -> Iterator[tuple]:
        nonlocal spent
        for propose in (Greedy, Beam):
            for name in ("none", "basic", "full"):
                propose(grammar=name)(network, image_BCHW[:1])  # grammars are loaded once
                spent = 0.0
                proposed, seconds = timed(lambda p=propose, n=name: p(grammar=n)(network, image_BCHW))
                steps = max(candidate.num_tokens for candidates in proposed for candidate in candidates)
                each = f"{seconds / steps * 1e3:.1f}"
                yield propose.__name__, name, steps, each, f"{spent / steps * 1e3:.2f}", f"{spent / seconds:.3f}"

    adapter.GrammarMask.__call__ = watched  # type: ignore[method-assign]
    table("decoding of 16 pictures", "grammar", "steps", "ms a step", "of it grammar", "share of grammar", rows=rows())
    adapter.GrammarMask.__call__ = apply  # type: ignore[method-assign]


SECTIONS = {
    "coverage": coverage,
    "times": times,
    "check": checks,
    "normalise": fidelity,
    "tokens": tokens,
    "repair": repairs,
    "masks": masks,
    "sampling": sampling,
    "decoding": decoding,
}

if __name__ == "__main__":
    main()
