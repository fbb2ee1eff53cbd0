"""`Masker`: walks at random, against an engine of our own on Lark's parse table, and rows that fork, die and end."""

from functools import cache, reduce
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.lexer import PatternStr
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

import cadgen.model
from cadgen.lang import Grammar
from cadgen.lang.grammar.lr import Automaton
from cadgen.lang.mask import Masker
from cadgen.lang.mask.degenerate import excluded
from cadgen.model.tokenizer import load_tokenizer
from cadgen.parts import sample_program
from cadgen.program import write

PROGRAM = """\
import cadquery as cq
w0=cq.Workplane('ZX',origin=(0,0,-26))
s0=w0.sketch().segment((1,2),(3,4),tag='a').close().assemble(mode='a').finalize().extrude(52,both=True)
result=cq.Workplane('XY').moveTo(0,0).lineTo(9.5,0).close().extrude(10).faces('>Z or <X[1]').workplane().hole(4)
result=result.union(s0,clean=False)
"""


@cache
def ours() -> PreTrainedTokenizerFast:
    return load_tokenizer(Path(cadgen.model.__file__).parent / "assets" / "tokenizer.json")


@cache
def roberta_like() -> PreTrainedTokenizerFast:
    """Byte-level BPE that splits as GPT-2's does and puts <s> before a text; with letters beyond ASCII."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=specials, initial_alphabet=alphabet)
    tokenizer.train_from_iterator([PROGRAM, "naïve <s> text", *(write(sample_program(i)) for i in range(30))], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    names = {
        "bos_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **names)


TOKENIZERS = {"ours": ours, "roberta_like": roberta_like}


@cache
def masker(grammar: str, tokenizer: str, max_tokens: int | None = None, exact: bool = False) -> Masker:
    return Masker(Grammar(grammar), TOKENIZERS[tokenizer](), max_tokens, exact)


@cache
def weights(tokenizer: str) -> np.ndarray:
    """Likelier words than digits: else a walk is one long number."""
    tokens = TOKENIZERS[tokenizer]().convert_ids_to_tokens(range(len(TOKENIZERS[tokenizer]())))
    return np.array([0.02 if token.strip("-").isdigit() else 1.0 for token in tokens])


def allowed(mask_W: np.ndarray) -> np.ndarray:
    """The tokens of a mask."""
    return np.flatnonzero(np.unpackbits(mask_W.view(np.uint8), bitorder="little"))


def walk(masker: Masker, tokenizer: str, rng: np.random.Generator, limit: int) -> list[int]:
    """Tokens drawn at random from the masks, up to and with the end token."""
    masker.reset()
    tokens: list[int] = []
    by_structure = rng.random() < 0.7
    while len(tokens) < limit and tokens[-1:] != [masker.end_token]:
        choices = allowed(masker.masks(np.array([tokens], np.int64))[0])
        p = weights(tokenizer)[choices] if by_structure else np.ones(len(choices))
        tokens.append(int(rng.choice(choices, p=p / p.sum())))
    return tokens


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("grammar", ["basic", "full"])
@settings(max_examples=12, derandomize=True)
@given(seed=st.integers(0, 2**32), max_tokens=st.sampled_from([60, 90, 160]))
def test_a_random_walk_ends_within_the_budget_in_a_program(grammar, tokenizer, seed, max_tokens):
    tokens = walk(masker(grammar, tokenizer, max_tokens), tokenizer, np.random.default_rng(seed), max_tokens)
    *written, end = tokens
    assert end == TOKENIZERS[tokenizer]().eos_token_id
    code = TOKENIZERS[tokenizer]().decode(written)
    Grammar(grammar).exact.parse(code)
    if grammar == "full":
        compile(code, "<walk>", "exec")


def test_a_walk_without_a_budget_may_go_on():
    tokens = walk(masker("full", "ours"), "ours", np.random.default_rng(0), 200)
    assert len(tokens) == 200 or tokens[-1] == ours().eos_token_id


def test_a_program_that_fits_is_not_cut_short():
    for seed in range(5):
        tokens = ours().encode(write(sample_program(seed)))
        checked = masker("full", "ours", len(tokens) + 40)
        checked.reset()
        for length in range(len(tokens)):
            assert tokens[length] in allowed(checked.masks(np.array([tokens[:length]], np.int64))[0])
        assert checked.statistics.closed == 0


def test_a_budget_below_the_shortest_program_is_refused():
    with pytest.raises(ValueError, match="max_tokens=5 is too few for any program of the grammar full; set "):
        Masker(Grammar("full"), ours(), max_tokens=5)


class Oracle:
    """Which texts begin a program: Lark's LALR table, partial matches of `regex`, longest lexemes, no turning back."""

    def __init__(self, grammar: Grammar) -> None:
        self.automaton = Automaton(grammar.exact)
        self.words, self.patterns = {}, {}
        for terminal in grammar.exact.terminals:
            if isinstance(terminal.pattern, PatternStr):
                self.words[terminal.name] = terminal.pattern.value
            else:
                # A look-ahead for keywords does not go with partial matches; `matching` sees to it.
                pattern = regex.sub(r"^\(\?!\(.*?\)\(\?!\[A-Za-z0-9_\]\)\)", "", terminal.pattern.to_regexp())
                self.patterns[terminal.name] = regex.compile(pattern), regex.compile(terminal.pattern.to_regexp())
        self.matching, self.after = cache(self._matching), cache(self._after)

    def _matching(self, stack, text: str) -> tuple[bool, str | None]:
        """(whether a lexeme may begin with `text`, the terminal that is `text`) for the parser on this stack."""
        partial, whole = False, None
        for name in self.automaton.expected(stack):
            if name in self.words:
                partial |= self.words[name].startswith(text)
                whole = name if self.words[name] == text else whole
            else:
                loose, strict = self.patterns[name]
                partial |= loose.fullmatch(text, partial=True) is not None
                whole = name if whole is None and strict.fullmatch(text) else whole
        return partial, whole

    def _after(self, stack, begun: str, letter: str):
        """(stack, begun lexeme) after one more letter; None if no program begins so."""
        if self.matching(stack, begun + letter)[0]:
            return stack, begun + letter
        whole = self.matching(stack, begun)[1] if begun else None
        return self.after(self.automaton.step(stack, whole), "", letter) if whole else None

    def complete(self, stack, begun: str) -> bool:
        if begun:
            _, whole = self.matching(stack, begun)
            stack = self.automaton.step(stack, whole) if whole else None
        return stack is not None and self.automaton.is_complete(stack)


@cache
def trie(tokenizer: str) -> dict:
    """Letter -> (tokens that end here, trie), over all tokens of ASCII letters."""
    root: dict = {}
    backend = TOKENIZERS[tokenizer]()
    for token in sorted(set(range(len(backend))) - set(backend.all_special_ids)):
        node, ends = root, []
        for letter in backend.decode([token]):
            ends, node = node.setdefault(letter, ([], {}))
        ends.append(token)
    return root


def oracle_tokens(oracle: Oracle, tokenizer: str, place) -> list[int]:
    found = []
    stack = [(place, trie(tokenizer))]
    while stack:
        (parser, begun), node = stack.pop()
        for letter, (tokens, deeper) in node.items():
            after = oracle.after(parser, begun, letter)
            if after:
                found += tokens
                stack.append((after, deeper))
    if oracle.complete(*place):
        found.append(TOKENIZERS[tokenizer]().eos_token_id)
    return sorted(found)


def without_extent(head: str, tokenizer: str) -> set[int]:
    """The tokens that end the number that `degenerate` excludes; ours has whole numbers."""
    begun, number = excluded(head) or (None, "")
    if begun is None:
        return set()
    texts = [TOKENIZERS[tokenizer]().decode([token]) for token in range(len(TOKENIZERS[tokenizer]()))]
    return {
        token
        for token, text in enumerate(texts)
        if (begun + text).startswith((f"{number},", f"{number})")) or (tokenizer == "ours" and begun + text == number)
    }


EDGES = """\
import cadquery as cq
result=cq.Workplane('XY').moveTo(3,-4).lineTo(3,10).threePointArc((3,12),(7,12)).lineTo(7,0).threePointArc((6,-4),(3,-4)).close().extrude(10)
"""


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_masks_leave_out_edges_without_extent(tokenizer):
    checked, backend = masker("full", tokenizer), TOKENIZERS[tokenizer]()

    def choices(text: str) -> set[str]:
        checked.reset()
        row = backend.encode(text, add_special_tokens=False)
        return {backend.decode([token]) for token in allowed(checked.masks(np.array([row], np.int64))[0])}

    heads = [EDGES[:length] for length in range(len(EDGES)) if EDGES[length - 1] in "(,"]
    excluding = {head: number[1] for head in heads if (number := excluded(head))}
    assert len(excluding) > 5
    for head, number in excluding.items():
        ends = {text for text in choices(head + number) if text[0] in ",)"}
        others = {text for text in choices(head + "77") if text[0] in ",)"}
        assert not ends and others, head
        assert tokenizer != "ours" or (number not in choices(head) and "77" in choices(head)), head


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("grammar", ["basic", "full"])
def test_masks_are_those_of_an_engine_of_our_own(grammar, tokenizer):
    """Along a program and two walks, but for edges without extent."""
    checked = masker(grammar, tokenizer, exact=True)
    oracle = Oracle(Grammar(grammar))
    backend = TOKENIZERS[tokenizer]()
    rows = [backend.encode(PROGRAM, add_special_tokens=False)]
    rows += [walk(checked, tokenizer, np.random.default_rng(seed), 60) for seed in range(2)]
    for row in rows:
        checked.reset()
        place = oracle.automaton.start, ""
        for length in range(len(row)):
            got = allowed(checked.masks(np.array([row[:length]], np.int64))[0]).tolist()
            head = backend.decode(row[:length])
            left_out = without_extent(head, tokenizer) if grammar == "full" else set()
            assert got == [t for t in oracle_tokens(oracle, tokenizer, place) if t not in left_out], head
            if row[length] != backend.eos_token_id:
                place = reduce(lambda at, letter: oracle.after(*at, letter), backend.decode([row[length]]), place)


def test_rows_that_fork_swap_and_fall_back_have_the_masks_of_their_own_tokens():
    rng = np.random.default_rng(0)
    checked, fresh = masker("full", "ours"), Masker(Grammar("full"), ours())
    checked.reset()
    rows = np.zeros((6, 0), np.int64)
    for _ in range(60):
        masks = checked.masks(rows)
        for row, mask in zip(rows, masks, strict=True):
            fresh.reset()
            np.testing.assert_array_equal(mask, fresh.masks(row[None])[0])
        parents = rng.integers(0, 6, 6)
        chosen = [rng.choice(allowed(masks[parent])) for parent in parents]
        rows = np.concatenate([rows[parents], np.array(chosen)[:, None]], 1)
    assert len({row.tobytes() for row in rows}) > 1


def test_rows_need_not_have_been_seen_before():
    checked = masker("full", "ours")
    checked.reset()
    tokens = np.array([ours().encode(PROGRAM, add_special_tokens=False)])
    late = checked.masks(tokens)
    assert ours().eos_token_id in allowed(late[0])
    np.testing.assert_array_equal(checked.masks(tokens[:, :5]), Masker(Grammar("full"), ours()).masks(tokens[:, :5]))


def test_what_is_dead_or_finished_may_only_end_and_never_raises():
    checked = masker("full", "ours", 160)
    checked.reset()
    end, pad = ours().eos_token_id, ours().pad_token_id
    head = ours().encode("import cadquery as cq\n", add_special_tokens=False)[0]
    rows = np.array([[head, end], [end, pad], [pad, pad], [7, 8], [head, head]])
    for length in (1, 2):
        masks = checked.masks(rows[:, :length])
    assert [allowed(mask).tolist() for mask in masks] == [[end]] * 5
    rows = np.concatenate([rows, np.full((5, 3), pad)], 1)
    assert [allowed(mask).tolist() for mask in checked.masks(rows)] == [[end]] * 5
    assert checked.statistics.dead > 0
    assert checked.masks(np.zeros((0, 3), np.int64)).shape == (0, checked.num_words)


def test_special_tokens_but_the_end_are_never_allowed():
    backend = roberta_like()
    checked = masker("basic", "roberta_like")
    inside = backend.encode("x='<", add_special_tokens=False)
    choices = set(allowed(checked.masks(np.array([inside]))[0]).tolist())
    assert backend.convert_tokens_to_ids("s") in choices
    assert not choices & set(backend.all_special_ids)


def test_statistics_count_forced_positions():
    checked = masker("full", "ours")
    checked.reset()
    tokens = ours().encode(PROGRAM, add_special_tokens=False)
    for length in range(len(tokens)):
        checked.masks(np.array([tokens[:length]], np.int64))
    statistics = checked.statistics
    assert statistics.positions == len(tokens) and 0 < statistics.forced < len(tokens) and statistics.seconds > 0
