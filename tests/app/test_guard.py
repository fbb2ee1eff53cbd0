"""Who may ask."""

import pytest

from cadgen.app.guard import Address


@pytest.mark.parametrize(
    ("listens_at", "host", "ours"),
    [
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "localhost:8000", True),
        ("127.0.0.1", "LOCALHOST:8000", True),
        ("::1", "[::1]:8000", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:8001", False),
        ("127.0.0.1", "evil.example:8000", False),
        ("127.0.0.1", "localhost.evil.example:8000", False),
        ("127.0.0.1", "192.168.1.7:8000", False),
        ("127.0.0.1", "a@localhost:8000", False),
        ("127.0.0.1", "localhost:8000/x", False),
        ("127.0.0.1", "localhost:port", False),
        ("127.0.0.1", "[::1", False),
        ("127.0.0.1", "", False),
        ("0.0.0.0", "192.168.1.7:8000", True),
        ("0.0.0.0", "evil.example:8000", False),
        ("workshop.lan", "workshop.lan:8000", True),
        ("workshop.lan", "192.168.1.7:8000", False),
    ],
)
def test_a_host_is_ours_by_number_or_by_a_name_of_this_machine(listens_at, host, ours):
    assert Address(listens_at, 8000).is_ours(host) is ours


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_that_is_told_can_be_opened(host, url):
    assert Address(host, 80).url == url
