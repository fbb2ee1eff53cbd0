"""What the benchmarks print: `table` of rows as they come, `sections` under headings."""

from collections.abc import Callable, Iterable, Mapping

from cadgen.eval.provenance import commit


def table(*header: str, rows: Iterable[tuple]) -> None:
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def sections(chosen: Mapping[str, Callable[[], None]], only: str | None = None) -> None:
    """Prints the commit, then each section's heading and what it prints; `only` one of them."""
    print(f"commit {commit()}")
    for name, section in chosen.items():
        if only in (None, name):
            print(f"\n### {name}\n", flush=True)
            section()
