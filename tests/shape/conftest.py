"""Here programs are run for what running them does: each test begins with sandboxes that remember nothing."""

import pytest


@pytest.fixture(autouse=True)
def forgetful(request: pytest.FixtureRequest) -> None:
    for name in {"box", "strict"} & set(request.fixturenames):
        request.getfixturevalue(name).forget()
