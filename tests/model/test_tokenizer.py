import pytest

from cadgen.model import compact
from cadgen.parts import sample_program
from cadgen.program import write


@pytest.fixture(scope="module")
def tokenizer():
    return compact(image_size=64).tokenizer


def test_every_program_survives_encoding_and_decoding(tokenizer):
    for seed in range(300):
        code = write(sample_program(seed))
        assert tokenizer.decode(tokenizer.encode(code), skip_special_tokens=True) == code


@pytest.mark.parametrize("number", [-400, -192, -1, 0, 7, 384, 400])
def test_an_integer_of_the_grid_is_one_token(tokenizer, number):
    assert len(tokenizer.encode(str(number), add_special_tokens=False)) == 1


def test_any_other_text_falls_back_to_bytes_without_loss(tokenizer):
    text = "fillet(0.25)  # été\n"
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_a_program_ends_with_the_end_token_and_a_plate_takes_few(tokenizer):
    code = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(0,0,0)).moveTo(0,0).circle(192).extrude(10)\n"
    ids = tokenizer.encode(code)
    assert ids[-1] == tokenizer.eos_token_id
    assert len(ids) < 20
