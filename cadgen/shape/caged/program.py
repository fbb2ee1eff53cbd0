"""The profile `open`: execute any program. And, for every profile, `serialised`: the solid that a program leaves."""

from io import BytesIO

import cadquery as cq

# The rule of which variable is the result is that of the CAD-Coder evaluation (gudo7208/CAD-Coder lineage): these names
# first, in this order, else the first CadQuery object that the program bound.
RESULT_NAMES = ("solid", "result", "shape", "part", "object", "obj", "res")


class NoSolid(Exception):
    status = "no_solid"


class Forbidden(Exception):
    """The program says something that its profile does not know."""

    status = "forbidden"

    def __init__(self, message: str, lineno: int | None = None):
        super().__init__(message)
        self.lineno = lineno


def run(code: bytes) -> bytes:
    """`geometry_of` the program's result."""
    namespace = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(code, "<program>", "exec", dont_inherit=True), namespace)
    return serialised(namespace)


def serialised(namespace: dict) -> bytes:
    """The same for a program that has ended, by the names it bound. Raises `NoSolid`."""
    return geometry_of(_shape(_result(namespace)))


def geometry_of(shape: cq.Shape) -> bytes:
    """The BinTools bytes of its solid, or of a compound when there are several. Raises `NoSolid`."""
    solids = shape.Solids()
    if not solids:
        raise NoSolid("the result holds no solid")
    buffer = BytesIO()
    (solids[0] if len(solids) == 1 else cq.Compound.makeCompound(solids)).exportBin(buffer)
    return buffer.getvalue()


def _result(namespace: dict):
    kinds = (cq.Workplane, cq.Shape, cq.Assembly)
    for name in RESULT_NAMES:
        if isinstance(namespace.get(name), kinds):
            return namespace[name]
    for value in namespace.values():
        if isinstance(value, kinds):
            return value
    raise NoSolid(f"no variable holds a CadQuery object; assign it to one of {', '.join(RESULT_NAMES)}")


def _shape(value) -> cq.Shape:
    if isinstance(value, cq.Assembly):
        return value.toCompound()
    if isinstance(value, cq.Workplane):
        value = value.val()
    if not isinstance(value, cq.Shape):
        raise NoSolid(f"the result is a {type(value).__name__}, not a shape")
    return value
