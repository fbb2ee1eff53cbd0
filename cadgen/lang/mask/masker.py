"""Which tokens may come next: `Masker.masks(tokens_BT)` for rows that grow by a token at a time.

A decoder that searches with beams reorders its rows and does not say how, so states are kept by prefix: the last row
that grew from a prefix takes its state, the others a copy, and rows that are equal share one. What no program begins
with, and what is finished, may only be followed by the end token; nothing here raises for it.

Masks of the grammar `full` leave out a little more than it does: lines and arcs without extent (see `degenerate`).

Shapes: B rows, U distinct ones, T tokens so far, W words of 32 tokens each.
"""

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np
from llguidance import LLMatcher

from cadgen.lang.error import DialectError
from cadgen.lang.grammar import Grammar
from cadgen.lang.grammar.complete import complete
from cadgen.lang.mask.degenerate import excluded, set_apart
from cadgen.lang.mask.vocabulary import FastTokenizer, wrap

# The longest texts that one token can oblige a program to write, beyond what it had to write anyway. Their length in
# tokens is the `margin`; tests walk at random and find none longer.
_OBLIGATIONS = {
    "full": (
        "threePointArc((1,1),(1,1),forConstruction=True)",
        ".selectors.BoxSelector((1,1,1),(1,1,1))",
        "0=cq.Sketch().circle(1)\nresult=cq.Workplane().sphere(1)\n",
    ),
    "basic": ("from a import a\n", "'')))))))]]]]\n"),
}


_BEFORE_NUMBERS = (b"(", b",", b"-", *(b"%d" % digit for digit in range(10)))  # ends of tokens within points
_FAR_ENOUGH = 80  # tokens that hold the last edge and the one before it, a character each


@dataclass
class Statistics:
    """What masking did: over all rows not yet ended; forced: positions with one token to choose from."""

    positions: int = 0
    forced: int = 0
    dead: int = 0
    closed: int = 0  # programs that were ended to stay within the budget
    seconds: float = 0.0


@dataclass
class _State:
    """Where a row is: in the grammar, in a closing text (`closing`, in tokens, last to first), or nowhere (both None).

    reserve: at most so many tokens end the program from here, as far as known.
    """

    matcher: LLMatcher | None = None
    closing: tuple[int, ...] | None = None
    reserve: int | None = None


class Masker:
    """Masks for one grammar and tokenizer. `max_tokens` counts the end token; None: no bound.

    exact: where the grammar forces the next characters, allows each way to cut them into tokens, not only the
    tokenizer's own.
    """

    def __init__(
        self, grammar: Grammar, tokenizer: FastTokenizer, max_tokens: int | None = None, exact: bool = False
    ) -> None:
        self.grammar, self.max_tokens = grammar, max_tokens
        self._tokenizer, self._vocabulary = wrap(tokenizer)
        self.end_token = int(tokenizer.eos_token_id)
        self.num_words = (self._tokenizer.vocab_size + 31) // 32
        text = grammar.for_masks() + ('\n%llguidance {"no_forcing": true}\n' if exact else "")
        self._start = LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(text))
        if self._start.is_error():
            raise ValueError(f"grammar {grammar.name} cannot mask tokens: {self._start.get_error()}")
        self._end_mask = np.zeros(self.num_words, np.uint32)
        self._end_mask[self.end_token // 32] = np.uint32(1) << np.uint32(self.end_token % 32)
        self.reset()
        if max_tokens is not None and (least := len(self._closing(np.zeros(0, np.int64)))) > max_tokens:
            raise ValueError(
                f"max_tokens={max_tokens} is too few for any program of the grammar {grammar.name}; set {least}"
            )

    def reset(self) -> None:
        """Forgets all rows and the statistics."""
        self.statistics = Statistics()
        self._states: dict[bytes, _State] = {}

    def masks(self, tokens_BT: np.ndarray) -> np.ndarray:
        """(B, W) uint32; bit i of word w: token 32 w + i may follow that row."""
        started = perf_counter()
        tokens_BT = np.ascontiguousarray(tokens_BT, np.int64)
        keys = [row.tobytes() for row in tokens_BT]
        unique = dict(zip(keys, tokens_BT, strict=True))
        self._states = self._advance(unique)
        mask_UW = np.zeros((len(unique), self.num_words), np.uint32)
        is_open = [self._mask(self._states[key], unique[key], mask_UW[i]) for i, key in enumerate(unique)]
        is_open_U = np.array(is_open, bool)
        self.statistics.positions += int(is_open_U.sum())
        self.statistics.forced += int((is_open_U & (np.bitwise_count(mask_UW).sum(1) == 1)).sum())
        place = {key: i for i, key in enumerate(unique)}
        self.statistics.seconds += perf_counter() - started
        return mask_UW[[place[key] for key in keys]]

    def _advance(self, rows: dict[bytes, np.ndarray]) -> dict[bytes, _State]:
        """The states of all rows, from those of their prefixes."""
        parents = {key: row[:-1].tobytes() if len(row) else None for key, row in rows.items()}
        last_of = {parent: key for key, parent in parents.items()}
        states = {}
        for key, parent in parents.items():
            state = self._states.get(parent) if parent is not None else None
            if state is None:
                states[key] = self._replay(rows[key])
            else:
                if last_of[parent] != key:
                    state = _State(state.matcher and state.matcher.deep_copy(), state.closing, state.reserve)
                states[key] = self._step(state, int(rows[key][-1]))
        return states

    def _replay(self, tokens: np.ndarray) -> _State:
        """The state after `tokens`, from the beginning; for the first call and for rows never seen before."""
        matcher = self._start.deep_copy()
        known = not len(tokens) or matcher.consume_tokens(tokens.tolist())
        return _State(matcher if known and not self._is_over(tokens) else None)

    def _is_over(self, tokens: np.ndarray) -> bool:
        return bool((tokens == self.end_token).any())

    def _step(self, state: _State, token: int) -> _State:
        """The state after one more token; `state` is used up."""
        if state.closing is not None:
            *rest, due = state.closing
            return _State(closing=tuple(rest) or None) if token == due else _State()
        if state.matcher is None or token == self.end_token or not state.matcher.consume_token(token):
            return _State()
        # Digits oblige to nothing that the bracket around them did not; most tokens of a part are numbers.
        growth = 1 if token in self._vocabulary.numbers else self.margin
        return _State(state.matcher, reserve=None if state.reserve is None else state.reserve + growth)

    def _mask(self, state: _State, tokens: np.ndarray, mask_W: np.ndarray) -> bool:
        """Fills `mask_W`, which is all 0; whether the row has not ended."""
        if state.matcher is not None and self.max_tokens is not None:
            self._keep_within(self.max_tokens - len(tokens), state, tokens)
        if state.closing is not None:
            mask_W[state.closing[-1] // 32] = np.uint32(1) << np.uint32(state.closing[-1] % 32)
        elif state.matcher is None:
            mask_W[:] = self._end_mask
            self.statistics.dead += not self._is_over(tokens)
            return False
        else:
            self._fill(state.matcher, mask_W)
            self._keep_extent(tokens, mask_W)
        return True

    def _fill(self, matcher: LLMatcher, mask_W: np.ndarray) -> None:
        if matcher.is_stopped():
            mask_W[:] = self._end_mask
            return
        matcher.unsafe_compute_mask_ptr(mask_W.ctypes.data, mask_W.nbytes)
        if matcher.is_error():
            mask_W[:] = self._end_mask

    def _keep_extent(self, tokens: np.ndarray, mask_W: np.ndarray) -> None:
        """Takes out what would end a line or an arc without extent."""
        last = self._vocabulary.texts[tokens[-1]] if len(tokens) else b""
        if self.grammar.name != "full" or not last.endswith(_BEFORE_NUMBERS):
            return
        number = excluded(self._text(tokens[-_FAR_ENOUGH:]))
        if number is not None:
            for token in self._vocabulary.ending(*number):
                mask_W[token // 32] &= ~(np.uint32(1) << np.uint32(token % 32))

    def _text(self, tokens: np.ndarray) -> str:
        return self._tokenizer.decode_bytes(tokens.tolist()).decode(errors="ignore")

    def _keep_within(self, remaining: int, state: _State, tokens: np.ndarray) -> None:
        """Turns the state into a closing one when a further token could make the end too far."""
        if state.reserve is not None and remaining > state.reserve + self.margin:
            return  # far from the end nothing is searched for
        closing = self._closing(tokens)
        state.reserve = len(closing)
        if remaining <= state.reserve + self.margin:
            state.matcher, state.closing = None, closing
            self.statistics.closed += 1

    def _closing(self, tokens: np.ndarray) -> tuple[int, ...]:
        """The tokens that end the program, last to first."""
        head = self._text(tokens)
        try:
            text = set_apart(head, complete(head, self.grammar))
        except DialectError:
            text = ""
        return (self.end_token, *reversed(self._tokenizer.tokenize_str(text)))

    @cached_property
    def margin(self) -> int:
        """How many tokens one more token can at most add to the shortest closing text."""
        return max(len(self._tokenizer.tokenize_str(text)) for text in _OBLIGATIONS[self.grammar.name])
