from contextlib import nullcontext

import pytest

from cadgen.data import DataError, normal
from cadgen.data.normal import canonical_codes
from cadgen.shape import Sandbox

BOX = "import cadquery as cq\nsolid=cq.Workplane('XY').rect({width},2).extrude(0.5)\n"
FOREIGN = "import cadquery as cq\nsolid=cq.Workplane('XY').text('A',1,1,fontPath=str(cq))\n"
CODES = [BOX.format(width=width) for width in range(1, 6)] + [FOREIGN]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CADGEN_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def one_sandbox(box, monkeypatch):
    """To start one takes longer than to normalise."""
    monkeypatch.setattr(normal, "Sandbox", lambda **_: nullcontext(box))


def never(*_):
    raise AssertionError("normalised again")


def test_a_program_outside_the_dialect_has_no_canonical_text():
    *inside, outside = canonical_codes(CODES, 10)
    assert outside is None
    assert ".lineTo(25,-10)" in inside[4]


def test_programs_are_normalised_once(monkeypatch):
    first = canonical_codes(CODES, 10)
    monkeypatch.setattr(normal, "normalise_all", never)
    assert canonical_codes(CODES, 10) == first


@pytest.mark.parametrize(("codes", "grid"), [(CODES[:-1], 10), (CODES[::-1], 10), (CODES, 20)])
def test_other_programs_another_order_or_grid_are_not_taken_from_the_cache(codes, grid, monkeypatch):
    canonical_codes(CODES, 10)
    monkeypatch.setattr(normal, "normalise_all", never)
    with pytest.raises(AssertionError, match="normalised again"):
        canonical_codes(codes, grid)


def test_what_says_what_is_canonical_is_part_of_the_key():
    told = {str(path) for path in normal._sources()}
    for name in ("lang/canonical/handlers.py", "lang/grammar/full.lark", "program/step.py", "api.txt"):
        assert any(path.endswith(f"cadgen/{name}") for path in told)


def test_several_workers_give_what_one_gives(cache, monkeypatch):
    monkeypatch.setattr(normal, "Sandbox", Sandbox)
    alone = canonical_codes(CODES, 10, workers=1)
    for path in cache.iterdir():
        path.unlink()
    assert canonical_codes(CODES, 10, workers=2) == alone


@pytest.mark.parametrize("damage", ["{", "[1]", '"text"', "[]", "[1, 2, 3, 4, 5, 6]"])
def test_a_damaged_cache_is_computed_anew(damage, cache):
    first = canonical_codes(CODES, 10)
    (path,) = cache.iterdir()
    path.write_text(damage)
    assert canonical_codes(CODES, 10) == first
    assert path.read_text() != damage


def test_a_cache_that_cannot_be_written_is_told_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CADGEN_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(normal, "normalise_all", never)
    with pytest.raises(DataError, match=r"file cannot be written .*set CADGEN_CACHE"):
        canonical_codes(CODES, 10)
