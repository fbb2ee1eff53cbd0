"""The profile `dialect`: modelling scripts in a small part of Python, with names that lead nowhere else.

The check is an allow-list of syntax, of attributes and of built-ins, and `cq` is a facade. It rejects early what is not
modelling and keeps a score honest (no geometry from bytes, no patched kernel); it is not what protects the machine.
"""

import ast
import builtins
import math
import typing
from types import SimpleNamespace

import cadquery as cq
import showing
from methods import methods
from program import Forbidden, Namespace, serialised

_SYNTAX = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.For,
    ast.If, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Pass, ast.Break, ast.Continue, ast.Call,
    ast.keyword, ast.Attribute, ast.Name, ast.Load, ast.Store, ast.Constant, ast.BinOp, ast.UnaryOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.List, ast.Tuple, ast.Dict, ast.Set,
    ast.Subscript, ast.Slice, ast.Starred, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.JoinedStr,
    ast.FormattedValue,
)  # fmt: skip
_BUILTINS = (
    "abs", "all", "any", "bool", "dict", "divmod", "enumerate", "float", "int", "isinstance", "len", "list", "map",
    "max", "min", "pow", "print", "range", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
)  # fmt: skip
_CLASSES = (
    "Assembly", "BoundBox", "Color", "Compound", "Edge", "Face", "Location", "Plane", "Shell", "Sketch", "Solid",
    "Vector", "Vertex", "Wire", "Workplane",
)  # fmt: skip
_SELECTORS = tuple(name for name in vars(cq.selectors) if name.endswith("Selector"))
# Beside the methods of the table: facts about shapes, vectors and boxes, makers of shapes, lists and dicts.
_OTHERS = """
Area BoundingBox Center DiagonalLength Edges Faces Length Solids Vertices Volume Wires all angle append
assembleEdges center children copy cross cut dot endPoint exporters extend extrudeLinear findSolid fuse get getAngle
geomType index insert intersect isValid items keys largestDimension length loc location makeBox makeCircle
makeCompound makeCone makeCylinder makeFromWires makeHelix makeLine makePolygon makeSphere makeSpline
makeThreePointArc makeTorus mirror moved multiply named normalAt normalized objects origin plane pop positionAt
radius reverse revolve rotate scale selectors setColor size sort startPoint sub sweep tangentAt toCompound toPnt
toTuple transformed translate val vals values wrap x xAxis xDir xlen xmax xmin y yAxis yDir ylen ymax ymin z zAxis
zDir zlen zmax zmin
"""
_ATTRIBUTES = frozenset(_OTHERS.split()).union(*methods().values(), _CLASSES, _SELECTORS)
_MODULES = ("cadquery", "math", "typing")
_TYPES = ("Any", "Dict", "List", "Optional", "Sequence", "Tuple", "Union")
_MAX_NODES = 50_000


def run(code: bytes, takehome: bool = False) -> bytes:
    """`serialised` of the program's names, as `program.run` has it."""
    tree = ast.parse(code)
    _check(tree)
    namespace = Namespace({"__name__": "__main__", "__builtins__": _builtins(_facade()), **showing.begin()})
    exec(compile(tree, "<program>", "exec", dont_inherit=True), namespace)
    return serialised(namespace, takehome)


def _check(tree: ast.Module) -> None:
    for number, node in enumerate(ast.walk(tree)):
        if number > _MAX_NODES:
            raise Forbidden(f"the program has more than {_MAX_NODES} parts")
        problem = _problem(node)
        if problem:
            raise Forbidden(f"line {getattr(node, 'lineno', '?')}: {problem}", getattr(node, "lineno", None))


def _problem(node: ast.AST) -> str:
    if not isinstance(node, _SYNTAX):
        return f"{type(node).__name__} is not part of this dialect"
    match node:
        case ast.Attribute(attr=attribute):
            if not isinstance(node.ctx, ast.Load):
                return "attributes are read only"
            if not (attribute in _ATTRIBUTES or _is_math(node) or _is_export(node)):
                return f".{attribute[:60]} is not in the list of attributes"
        case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) if "__" in name or not name.isascii():
            return f"the name {name[:60]!a} is not for programs"
        case ast.FunctionDef(decorator_list=[_, *_]):
            return "decorators are not part of this dialect"
        case ast.keyword(arg=None | "fontPath" as name):
            return f"the argument {name or '**'} is not part of this dialect"
        case ast.FormattedValue(format_spec=ast.AST()) | ast.FormattedValue(conversion=97 | 114 | 115):
            return "format specifications are not part of this dialect"
        case ast.alias(name=name, asname=asname) if "__" in f"{name} {asname}" or "*" in name:
            return "such an import is not part of this dialect"
        case ast.ImportFrom(level=level, module=module) if level or module not in _MODULES:
            return f"from {module} nothing can be imported"
        case ast.Import(names=names) if any(alias.name not in _MODULES for alias in names):
            return f"only {', '.join(_MODULES)} can be imported"
    return ""


def _is_math(node: ast.Attribute) -> bool:
    """Any object can be called math: the names every object has are not for programs."""
    called_math = isinstance(node.value, ast.Name) and node.value.id == "math"
    return called_math and hasattr(math, node.attr) and not node.attr.startswith("_")


def _is_export(node: ast.Attribute) -> bool:
    """Of the facade only: that of a chain would write a file."""
    return node.attr == "export" and isinstance(node.value, ast.Attribute) and node.value.attr == "exporters"


def _facade() -> SimpleNamespace:
    """`cadquery` without modules, files and serialised shapes."""
    names = {name: getattr(cq, name) for name in _CLASSES}
    selectors = {name: getattr(cq.selectors, name) for name in _SELECTORS}
    return SimpleNamespace(
        **names,
        **selectors,
        selectors=SimpleNamespace(**selectors),
        exporters=SimpleNamespace(export=cq.exporters.export),
    )


def _builtins(facade: SimpleNamespace) -> dict:
    types = SimpleNamespace(**{name: getattr(typing, name) for name in _TYPES})
    modules = {"cadquery": facade, "math": math, "typing": types}

    def import_known(name: str, *_, **__):
        return modules[name]

    return {name: getattr(builtins, name) for name in _BUILTINS} | {"__import__": import_known}
