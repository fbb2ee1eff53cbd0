"""What is kept of parts, and for how long."""

from types import SimpleNamespace

from cadgen.app.shelf import Part, Shelf


def part():
    return Part(SimpleNamespace(), ())


def test_the_part_that_was_asked_for_longest_ago_makes_room():
    shelf, parts = Shelf(most=2), [part() for _ in range(3)]
    shelf.add(parts[0])
    shelf.add(parts[1])
    assert shelf.get(parts[0].id) is parts[0]
    shelf.add(parts[2])
    assert shelf.get(parts[1].id) is None and len(shelf) == 2
    assert shelf.get(parts[0].id) is parts[0] and shelf.get(parts[2].id) is parts[2]


def test_a_part_goes_a_while_after_the_last_question():
    now = [0.0]
    shelf, kept = Shelf(expiry_s=10, clock=lambda: now[0]), part()
    shelf.add(kept)
    now[0] = 9
    assert shelf.get(kept.id) is kept
    now[0] = 18
    assert shelf.get(kept.id) is kept
    now[0] = 29
    assert shelf.get(kept.id) is None and len(shelf) == 0


def test_ids_cannot_be_guessed():
    ids = {part().id for _ in range(100)}
    assert len(ids) == 100 and min(map(len, ids)) >= 24
