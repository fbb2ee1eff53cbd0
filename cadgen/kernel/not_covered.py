class NotCovered(ValueError):
    """A program that this kernel does not build, and why; CadQuery may build it or not."""
