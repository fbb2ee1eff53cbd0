"""The cheapest changes that let a damaged text go on: Dijkstra over (place in the text, parser stack).

After CPCT+ (Diekmann and Tratt, ECOOP 2020). Which changes there are, and their costs, is said by `repair.cost`.
"""

import heapq
import time
from dataclasses import dataclass
from itertools import pairwise

from cadgen.lang.grammar.lr import Stack
from cadgen.lang.grammar.operation import words
from cadgen.lang.repair.cost import Addition, Item, Slips

_BACK, _AHEAD = 10, 12  # how many items before and after the error may be changed, besides the first of its statement
_LEAVING_AN_ERROR = 2.5  # beyond the window; the next search mends it
_FARTHER, _FARTHEST = 0.12, 6  # cost for each item that a change lies before the error, up to so many
_JOIN = 0.8
_BEFORE_THE_PEN_MOVES = -0.2  # a path rather ends there than where the grammar misses its end
_CHECK_TIME_EVERY = 64


@dataclass(frozen=True)
class Mending:
    """The text after the changes, with one error less at least, and what they cost."""

    items: list[Item]
    cost: float


def mend(slips: Slips, items: list[Item], stacks: list[Stack], max_cost: float, deadline: float) -> Mending | None:
    """The cheapest changes around the first error, None within cost and time; `stacks` are those of `Slips.follow`."""
    return _Search(slips, items, stacks, max_cost, deadline).run()


_Trail = tuple["_Trail", Item] | None  # the items so far, the last one first


class _Search:
    def __init__(self, slips: Slips, items: list[Item], stacks: list[Stack], max_cost: float, deadline: float) -> None:
        self._slips, self._items = slips, items
        self._max_cost, self._deadline = max_cost, deadline
        self._error = len(stacks) - 1
        self._low, self._high = max(0, self._error - _BACK), self._error + _AHEAD
        self._statement = line_start(items, self._error if self._error < len(items) else len(items) - 1)
        self._start = min(self._low, self._statement)
        self._heap: list[tuple[float, int, int, int, Stack, _Trail, bool]] = []
        self._count = 0
        self._push(0.0, self._start, stacks[self._start], None)

    def run(self) -> Mending | None:
        done: set[tuple[int, Stack]] = set()
        while self._heap:
            cost, _, count, at, stack, trail, is_end = heapq.heappop(self._heap)
            if is_end:
                return Mending(self._items[: self._start] + _unroll(trail) + self._items[at:], cost)
            if (at, stack) in done:
                continue
            done.add((at, stack))
            if count % _CHECK_TIME_EVERY == 0 and time.perf_counter() > self._deadline:
                return None
            if at > self._high or at == len(self._items):
                self._leave(cost, at, stack, trail)
            if at <= self._high:
                self._go_on(cost, at, stack, trail)
        return None

    def _leave(self, cost: float, at: int, stack: Stack, trail: _Trail) -> None:
        """Behind the window nothing is changed: the text goes on to its end, or to its next error."""
        stacks = self._slips.follow(self._items, at, stack)
        end = at + len(stacks) - 1
        if end == len(self._items) and self._slips.automaton.is_complete(stacks[-1]):
            self._push(cost, at, stack, trail, end)
        elif end > self._high:
            self._push(cost + _LEAVING_AN_ERROR, at, stack, trail, end)

    def _go_on(self, cost: float, at: int, stack: Stack, trail: _Trail) -> None:
        item = self._items[at] if at < len(self._items) else None
        after = self._slips.match(stack, item) if item else None
        if item and after:
            self._push(cost, at + 1, after, (trail, item))
        if not (at >= self._low or at == self._statement):
            return
        far = cost + _FARTHER * min(max(0, self._error - at), _FARTHEST)
        if item:
            self._push(far + self._slips.drop(item, self._items[at - 1] if at else None), at + 1, stack, trail)
            for other in self._slips.replacements(stack, item):
                self._push(far + other.cost, at + 1, other.after, (trail, other.items[0]))
            self._join(far, at, stack, trail)
        for addition in self._slips.additions(stack):
            if far + addition.cost > self._max_cost:
                break
            if (
                addition.is_punctuation or not item or self._slips.match(addition.after, item)
            ):  # others only if they fit
                self._add(cost + _BEFORE_THE_PEN_MOVES if self._ends_path(addition, at) else far, addition, at, trail)

    def _add(self, cost: float, addition: Addition, at: int, trail: _Trail) -> None:
        for item in addition.items:
            trail = trail, item
        self._push(cost + addition.cost, at, addition.after, trail)

    def _ends_path(self, addition: Addition, at: int) -> bool:
        match [item.text for item in (*self._items[at : at + 2], *addition.items[1:2])]:
            case [".", following, added]:
                return following in words("places_pen") and added in words("closes_path")
        return False

    def _join(self, cost: float, at: int, stack: Stack, trail: _Trail) -> None:
        """Takes one strange character out of the middle of a word or number: `line$To`."""
        pieces = self._items[at : at + 3]
        if len(pieces) < 3 or pieces[1].kinds or len(pieces[1].text) > 1 or not _are_adjacent(pieces):
            return
        text = pieces[0].text + pieces[2].text
        joined = Item(self._slips.lexicon.kinds(text), text, pieces[0].start)
        after = self._slips.match(stack, joined)
        if after is not None:
            self._push(cost + _JOIN, at + 3, after, (trail, joined))

    def _push(self, cost: float, at: int, stack: Stack, trail: _Trail, end: int | None = None) -> None:
        """Puts a step into the queue; of equal costs those come first that are farther on. end: it is the last one."""
        if cost <= self._max_cost + (_LEAVING_AN_ERROR if end is not None else 0.0):
            self._count += 1
            progress = -(at if end is None else end)
            heapq.heappush(self._heap, (cost, progress, self._count, at, stack, trail, end is not None))


def line_start(items: list[Item], at: int) -> int:
    """The first item of the line that item `at` is in."""
    return next((i + 1 for i in range(at - 1, -1, -1) if items[i].text == "\n"), 0)


def _unroll(trail: _Trail) -> list[Item]:
    items = []
    while trail is not None:
        trail, item = trail
        items.append(item)
    return items[::-1]


def _are_adjacent(items: list[Item]) -> bool:
    return all(a.start is not None and a.start + len(a.text) == b.start for a, b in pairwise(items))
