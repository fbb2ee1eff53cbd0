import pytest
import torch

from cadgen.model import compact
from cadgen.model.loss import presence_loss, token_accuracy, token_loss
from cadgen.model.number import embed_numbers, number_tokens, soft_targets


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


def test_targets_spread_over_near_integers_only(tokenizer):
    targets = soft_targets(tokenizer, len(tokenizer), 2.0)
    ids, values = number_tokens(tokenizer)
    torch.testing.assert_close(targets.sum(1), torch.ones(len(tokenizer)))
    row = targets[ids[400]]
    assert row.argmax() == ids[400]
    torch.testing.assert_close(row[ids[399]], row[ids[401]])
    mean = float((row[ids] * values).sum())
    assert abs(mean) < 1e-4 and float((row[ids] * (values - mean) ** 2).sum()) == pytest.approx(4.0, rel=0.02)
    end = tokenizer.eos_token_id
    assert targets[end, end] == 1


def test_without_spread_the_loss_is_cross_entropy(tokenizer):
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 3, len(tokenizer)), torch.tensor([[5, 900, -100], [7, 8, 9]])
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    targets = soft_targets(tokenizer, len(tokenizer), 0.0)
    torch.testing.assert_close(token_loss(logits, labels), expected)
    torch.testing.assert_close(token_loss(logits, labels, targets_VV=targets), expected)


def test_a_near_miss_costs_less_than_a_far_one(tokenizer):
    ids, _ = number_tokens(tokenizer)
    targets = soft_targets(tokenizer, len(tokenizer), 1.5)
    logits = torch.full((2, 1, len(tokenizer)), -5.0)
    logits[0, 0, ids[401]] = logits[1, 0, ids[450]] = 5.0
    label = ids[400].reshape(1, 1)
    assert token_loss(logits[:1], label, targets_VV=targets) < token_loss(logits[1:], label, targets_VV=targets)
    torch.testing.assert_close(token_loss(logits[:1], label), token_loss(logits[1:], label))


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
