import pytest

from cadgen.label import is_label, shown


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a", True), ("0000/12 é|<", True), ("a" * 200, True), ("a" * 201, False), ("", False), ("a\n", False),
     ("\x1b[2J", False), ("\udce9", False), ("\u202e", False)],
)  # fmt: skip
def test_a_label_is_short_and_printable(text, is_one):
    assert is_label(text) == is_one


def test_what_a_terminal_would_obey_is_shown_by_its_escape():
    assert shown("é|a\n\x1b[2J\udce9\u202e") == r"é|a\n\x1b[2J\udce9\u202e"
