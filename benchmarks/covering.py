"""Plugins for pytest: which test runs which lines, how long it takes, and which test failed first."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage


class Covering:
    """Writes to `path` {"seconds": {test: seconds}, "lines": {file: {line: [tests]}}}, files relative to `root`.

    What a fixture of a whole module or session runs counts for every test of the file that asked for it first: the
    others look at what it left.
    """

    def __init__(self, path: Path, root: Path, packages: tuple[str, ...]) -> None:
        self._path, self._root = path, root
        self._coverage = Coverage(source=[str(root / each) for each in packages], data_file=None, config_file=False)
        self._seconds: dict[str, float] = defaultdict(float)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest) -> Iterator[None]:
        item = request._pyfuncitem
        self._coverage.switch_context(item.nodeid if fixturedef.scope == "function" else item.nodeid.split("::")[0])
        result = yield
        self._coverage.switch_context(item.nodeid)
        return result

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._coverage.switch_context(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        found = self._coverage.get_data()
        lines = {
            str(Path(file).relative_to(self._root)): {
                line: sorted({test for context in contexts for test in self._tests(context)})
                for line, contexts in found.contexts_by_lineno(file).items()
            }
            for file in found.measured_files()
        }
        self._path.write_text(json.dumps({"seconds": self._seconds, "lines": lines}))

    def _tests(self, context: str) -> list[str]:
        if not context or "::" in context:
            return [context] if context else []
        return [test for test in self._seconds if test.split("::")[0] == context]


class FirstFailure:
    """Writes to `path` the name of the first test that fails, or of the file that cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._path.exists():
            self._path.write_text(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self._path.exists():
            self._path.write_text(report.nodeid)
