"""What every tool of this package raises for a text that it cannot take."""


class DialectError(ValueError):
    """A program outside the dialect. The message names the place and what was expected."""
