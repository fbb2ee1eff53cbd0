import pytest
from tokenizers import Tokenizer, models
from transformers import RobertaTokenizer

from cadgen.model import CheckpointError, compact, load_network, save_network
from cadgen.model.tokenizer import wrap
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


def test_the_tokenizer_of_a_published_codet5_is_saved_and_loaded_without_what_it_cuts_and_pads(tmp_path):
    network = compact(image_size=32, vision_width=64, vision_layers=1, decoder_width=64, decoder_layers=1)
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "a", "b", "ab", "Ġ", "-", "1"]
    vocab = {token: number for number, token in enumerate(tokens)}
    extra = [f"<extra_id_{number}>" for number in range(100)]
    published = RobertaTokenizer(vocab=vocab, merges=[("a", "b")], additional_special_tokens=extra)
    published.backend_tokenizer.enable_truncation(2)
    published.backend_tokenizer.enable_padding(length=5)
    network.tokenizer = published
    save_network(network, tmp_path / "best")
    read = load_network(tmp_path / "best").tokenizer
    assert read.encode("abba -1") == [0, 7, 6, 5, 8, 9, 10, 2]
    assert read.decode(read.encode("abba -1"), skip_special_tokens=True) == "abba -1"


def test_a_tokenizer_that_would_not_be_read_is_not_written(tmp_path):
    network = compact(image_size=32, vision_width=64, vision_layers=1, decoder_width=64, decoder_layers=1)
    network.tokenizer = wrap(Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1})))
    with pytest.raises(CheckpointError, match=r"tokenizer\.json: "):
        save_network(network, tmp_path / "best")
    assert list(tmp_path.iterdir()) == []
