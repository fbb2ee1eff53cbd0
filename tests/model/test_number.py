import pytest
import torch
from transformers import RobertaTokenizer

from cadgen.model import compact
from cadgen.model.loss import presence_loss, token_accuracy, token_loss
from cadgen.model.number import NumberTargets, embed_numbers, number_tokens


@pytest.fixture(scope="module")
def tokenizer():
    return compact(image_size=64).tokenizer


def test_every_integer_of_the_grid_is_found_with_its_value(tokenizer):
    ids, values = number_tokens(tokenizer)
    assert values.tolist() == list(range(-400, 401))
    for value in (-400, -7, 0, 12, 384):
        assert tokenizer.encode(str(value), add_special_tokens=False) == [int(ids[values == value])]


def test_near_integers_begin_alike_and_other_rows_stay(tokenizer):
    torch.manual_seed(0)
    rows = torch.randn(len(tokenizer), 64)
    before = rows.clone()
    embed_numbers(rows, tokenizer)
    ids, _ = number_tokens(tokenizer)
    others = torch.ones(len(tokenizer), dtype=torch.bool)
    others[ids] = False
    assert torch.equal(rows[others], before[others])
    likeness = torch.nn.functional.cosine_similarity(rows[ids][400][None], rows[ids])
    assert likeness[401] > 0.85 > likeness[410] > likeness[800]
    assert rows[ids].std() == pytest.approx(float(before[ids].std()), rel=0.1)


def dense(tokenizer, size, spread):
    """What each token asks for, every pair of integers computed: a slower way to the same."""
    target_VV = torch.eye(size)
    ids, values = number_tokens(tokenizer)
    distance = (values[:, None] - values[None]).float() / spread
    target_VV[ids[:, None], ids[None]] = torch.softmax(-0.5 * distance.square(), 1)
    return target_VV


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("spread", [0.3, 1.5, 40.0])
def test_the_loss_is_cross_entropy_against_gaussians_over_the_integers(tokenizer, spread, smoothing):
    torch.manual_seed(0)
    code = "import cadquery as cq\nresult=cq.Workplane('XY',origin=(-400,0,7)).moveTo(-3,399).circle(400).extrude(12)\n"
    ids = tokenizer.encode(code)
    labels = torch.tensor([ids, [*ids[:9], *[-100] * (len(ids) - 9)]])
    logits = 3 * torch.randn(*labels.shape, len(tokenizer))
    kept = labels != -100
    target = dense(tokenizer, len(tokenizer), spread)[labels[kept]]
    expected = torch.nn.functional.cross_entropy(logits[kept], target, label_smoothing=smoothing)
    targets = NumberTargets(tokenizer, len(tokenizer), spread)
    torch.testing.assert_close(token_loss(logits, labels, smoothing, targets), expected)


def test_a_near_miss_costs_less_than_a_far_one(tokenizer):
    ids, _ = number_tokens(tokenizer)
    targets = NumberTargets(tokenizer, len(tokenizer), 1.5)
    logits = torch.full((2, 1, len(tokenizer)), -5.0)
    logits[0, 0, ids[401]] = logits[1, 0, ids[450]] = 5.0
    label = ids[400].reshape(1, 1)
    assert token_loss(logits[:1], label, targets=targets) < token_loss(logits[1:], label, targets=targets)
    torch.testing.assert_close(token_loss(logits[:1], label), token_loss(logits[1:], label))


@pytest.fixture(scope="module")
def codet5():
    """As CodeT5's: a sign is a token of its own, or the end of one, and not every integer has a token."""
    words = ["(", ",", ")", "(-", ",-", "-", ".", "x", *map(str, range(13)), "20", "9" * 25]
    vocab = {word: number for number, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *words])}
    merges = [("(", "-"), (",", "-"), ("1", "0"), ("1", "1"), ("1", "2"), ("2", "0")]
    return RobertaTokenizer(vocab=vocab, merges=merges)


ASKED = {  # text, which of its tokens, what that asks for other than itself
    "an integer": ("(5,", 1, {3, 4, 6, 7}),
    "of the least": ("(0,", 1, {1, 2}),
    "whose neighbours have no token": ("(12,", 1, {10, 11}),
    "digits behind a sign": ("(-2,", 1, {1, 3, 4}),
    "digits behind a sign alone": (")-2,", 2, {1, 3, 4}),
    "minus nothing": ("(-0,", 1, set()),
    "the first piece of a number": ("(115,", 1, set()),
    "the last piece of a number": ("(115,", 2, set()),
    "before the point": ("(5.2", 1, set()),
    "behind the point": ("(5.2", 3, set()),
    "of a name": ("(x5,", 2, set()),
    "no integer": ("(5,", 2, set()),
    "first of all": ("5,", 0, {3, 4, 6, 7}),
    "last of all": ("(5", 1, {3, 4, 6, 7}),
}


@pytest.mark.parametrize("name", ASKED)
def test_of_any_tokenizer_only_whole_integers_are_spread_and_over_the_same_sign(name, codet5):
    text, place, others = ASKED[name]
    labels = torch.tensor([[*codet5.encode(text, add_special_tokens=False), -100]])
    targets = NumberTargets(codet5, 40, 1.0)
    own, kind = labels[0, place : place + 1], targets.kinds(labels)[0, place : place + 1]
    asked = torch.stack([targets.mean_logit(torch.eye(40)[one][None], own, kind)[0] for one in range(40)])
    assert asked.sum() == pytest.approx(1, abs=1e-6)
    found = {codet5.decode([one]) for one in (asked > 0.03).nonzero().flatten().tolist()}
    assert found == {codet5.decode(own), *map(str, others)}


def test_targets_of_a_large_vocabulary_take_little_memory(codet5):
    tables = NumberTargets(codet5, 32_100, 1.5).buffers()
    assert sum(table.numel() * table.element_size() for table in tables) < 20e6  # pairs of tokens took 4.1e9


def test_presence_asks_which_tokens_occur_whatever_their_order_and_number():
    labels = torch.tensor([[1, 2, 2, -100], [3, -100, -100, -100]])
    right = torch.tensor([[-9.0, 9, 9, -9, -9], [-9, -9, -9, 9, -9]])
    assert presence_loss(right, labels) < 0.01
    again = torch.tensor([[2, 1, 1, 2], [3, 3, -100, -100]])
    torch.testing.assert_close(presence_loss(right, again), presence_loss(right, labels))
    assert presence_loss(-right, labels) > 40


def test_accuracy_counts_only_what_is_labelled():
    logits = torch.eye(4)[torch.tensor([[0, 1, 2, 3]])]
    assert token_accuracy(logits, torch.tensor([[0, 1, 3, -100]])) == pytest.approx(2 / 3)
