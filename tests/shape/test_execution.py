"""What the sandbox remembers of programs, and for how long."""

import pytest

from cadgen.shape import Execution, Sandbox, execution
from cadgen.shape.execution import Memory

BOX = "import cadquery as cq\nresult=cq.Workplane().box(1,2,{})\n"


@pytest.fixture
def executed(monkeypatch):
    """The programs that were sent into the cage, in their order."""
    sent, distinct = [], Sandbox._distinct

    def watched(self, sources, kind, limit):
        sent.extend((source, kind) for source in sources)
        return distinct(self, sources, kind, limit)

    monkeypatch.setattr(Sandbox, "_distinct", watched)
    return sent


def test_a_program_is_executed_once_for_each_profile_also_after_a_close(executed):
    one, other = BOX.format(3), BOX.format(4)
    with Sandbox(workers=1, timeout_s=30.0, profile="interp") as box:
        first = box.run([one, "(", one])
    with box:
        again = box.run([other, one, "("])
    assert [source.decode() for source, _ in executed] == [one, "(", other]
    assert again[1] is first[0] is first[2] and again[2] is first[1]
    with box:
        (opened,) = box.run([one], profile="open")
    assert executed[-1] == (one.encode(), "open")
    assert opened.profile == "open" and opened.solid.volume == pytest.approx(first[0].solid.volume)


def test_what_a_limit_ended_is_tried_again(executed):
    forever = "while True: pass"
    with Sandbox(workers=1, timeout_s=0.5) as box:
        assert [box.run([forever])[0].status for _ in range(2)] == ["timeout", "timeout"]
    assert len(executed) == 2


def test_the_least_recently_used_are_forgotten(monkeypatch):
    monkeypatch.setattr(execution, "_LARGEST", 250)
    memory = Memory()
    for name in (b"a", b"b"):
        memory.keep(name * 100, Execution("error", profile="open"))
    assert memory.get(b"a" * 100, "open") and not memory.get(b"a" * 100, "interp")
    memory.keep(b"c" * 100, Execution("error", profile="open"))
    assert [memory.get(name * 100, "open") is not None for name in (b"a", b"b", b"c")] == [True, False, True]
