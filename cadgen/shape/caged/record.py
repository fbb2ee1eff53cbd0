"""The profile `record`: execute any program, noting what it asks of CadQuery; `run` answers with the notes as JSON.

The classes stay CadQuery's own. Their methods are wrapped for the one program that this process runs: each call from
outside CadQuery is handed on and, if it succeeds, noted with the values that it was given. So Python itself decides
which calls there are, in which order and with what, and whatever asks the kernel is answered by it.

A note: {owner, name, line, of, args, keywords, size}, and up: how many parents lead from what came of it to `of`, what
it was called on; size: how many objects lie on the stack then; objects, place: these, where the program's own function
chose or made them, and where its plane lies. Values are numbers, texts, null, lists, and {ref: number of a note},
{ref, item, size}: one of the objects on its stack or in its list, {plane: [origin, xDir, normal]},
{location: [x, y, z, rx, ry, rz]}, {selector, args}, {unsaid: what it is}.
"""

import inspect
import json
import sys
from collections.abc import Callable
from functools import wraps
from numbers import Integral, Real
from types import FrameType, FunctionType
from typing import Any

import cadquery as cq
import showing
from mass import mass_of
from program import Forbidden, Namespace, result_of

_MOST = 20_000  # notes
_LONGEST = 200_000  # values
_FURTHEST = 50  # parents
# What only tells something, or hands on what is noted by itself.
_SILENT = frozenset(
    {"val", "vals", "size", "findSolid", "largestDimension", "invoke", "export", "exportSvg", "toSvg", "cast"}
)
_SHAPES = ("Shape", "Mixin1D", "Mixin3D", "Vertex", "Edge", "Wire", "Face", "Shell", "Solid", "CompSolid", "Compound")
_CHAINS = (cq.Workplane, cq.Sketch, cq.Shape)
_RETURNING = ("each", "eachpoint", "cutEach")  # they make something of what a function of the program returns

_IN_PLACE = ("move", "locate")  # methods of shapes that change them
_PLACING = (*_IN_PLACE, "moved", "located")  # they are noted with what they move the shape by


def run(code: bytes) -> bytes:
    """What the program did and what it left: {notes, result, mass}, as JSON."""
    notes = Notes()
    notes.listen()
    namespace = Namespace({"__name__": "__main__", "__builtins__": __builtins__, **showing.begin()})
    exec(compile(code, "<program>", "exec", dont_inherit=True), namespace)
    notes.depth += 1  # nothing more is the program's
    choice, solids = result_of(namespace)
    told = {"result": notes.left(choice.values), "mass": mass_of(solids), "notes": notes.notes}
    return json.dumps(told, allow_nan=False).encode()


class Notes:
    """notes: so far; depth: how many wrapped calls are being carried out, of which only the outermost is noted."""

    def __init__(self) -> None:
        self.notes: list[dict] = []
        self.depth = 0
        self._known: dict[int, tuple[Any, dict]] = {}  # id -> the object, which so stays alive, and its value
        self._stacks: dict[int, list[int]] = {}  # id of a workplane -> those of what lay on its stack
        self._values = 0

    def listen(self) -> None:
        """Wraps CadQuery's methods and functions, for the rest of this process."""
        for owner in (cq.Workplane, cq.Sketch):
            for name, function in list(vars(owner).items()):
                is_method = callable(function) and not isinstance(function, type)  # some are multimethods
                if is_method and (not name.startswith("_") or name == "__init__"):
                    setattr(owner, name, self._wrapped(owner.__name__, name, function))
        for owner in (getattr(cq.occ_impl.shapes, name) for name in _SHAPES):
            for name, member in list(vars(owner).items()):
                if name.startswith("_"):
                    continue
                if isinstance(member, classmethod | staticmethod):
                    kind = type(member)
                    setattr(owner, name, kind(self._wrapped(owner.__name__, name, member.__func__)))
                elif callable(member) and not isinstance(member, type):
                    setattr(owner, name, self._wrapped(owner.__name__, name, member))

    def left(self, values: tuple) -> dict:
        """The result of the program, of one object or of several, as a value."""
        if len(values) == 1 and not isinstance(values[0], cq.Assembly):
            return self._value(values[0])
        parts = []
        for value in values:
            parts += _placed(value) if isinstance(value, cq.Assembly) else [(value, cq.Location())]
        return {"parts": [[self._value(part), self._value(place)] for part, place in parts]}

    def _wrapped(self, owner: str, name: str, function: Callable) -> Callable:
        @wraps(function)
        def call(*given, **keywords):
            if self.depth:
                return function(*given, **keywords)
            returned: list = []
            args = [self._given(value, returned) for value in given]
            keywords = {key: self._given(value, returned) for key, value in keywords.items()}
            of, said, named = self._said(name, args, keywords)
            before = args[0].location() if name in _PLACING and isinstance(args[0], cq.Shape) else None
            self.depth += 1
            try:
                out = function(*args, **keywords)
            finally:
                self.depth -= 1
            if before is not None and isinstance(out, type(args[0])):
                said, named = [self._value(out.location() * before.inverse)], {}
            self._note(owner, name, (of, said, named), args, out, returned)
            return out

        return call

    def _given(self, value: Any, returned: list) -> Any:
        """An argument, where what is used up by looking at it is listed, and what is called back is noted again."""
        if isinstance(value, FunctionType) or inspect.ismethod(value):

            def back(*args, **keywords):
                depth, self.depth = self.depth, 0
                try:
                    returned.append(value(*args, **keywords))
                finally:
                    self.depth = depth
                return returned[-1]

            return back
        if hasattr(value, "__next__") or isinstance(value, range | map | filter | zip):
            return list(value)
        return value

    def _said(self, name: str, args: list, keywords: dict) -> tuple[Any, list, dict]:
        """What the call is on, its arguments and its keywords, as values."""
        of, given = None, args
        if args and isinstance(args[0], cq.Workplane | cq.Sketch | cq.Shape | type):  # self, or the class
            given = args[1:]
            if name != "__init__" and not isinstance(args[0], type):
                of = self._value(args[0])
        return of, [self._value(value) for value in given], {key: self._value(value) for key, value in keywords.items()}

    def _note(self, owner: str, name: str, said: tuple, args: list, out: Any, returned: list) -> None:
        made = args[0] if name == "__init__" else out
        several = isinstance(made, list | tuple) and (name == "all" or owner in _SHAPES)
        if name in _SILENT or not all(isinstance(each, _CHAINS) for each in (made if several else [made])):
            return
        if isinstance(made, cq.Shape) and id(made) in self._known and name not in _IN_PLACE:
            return  # it handed on what there was
        note = self._enter(owner, name, *said)
        if several:
            note["size"] = len(made)
            for item, each in enumerate(made):
                self._know(each, {**self._last(), "item": item, "size": len(made)})
            return
        if isinstance(made, cq.Workplane):
            if returned or any(isinstance(value, dict) and "unsaid" in value for value in said[1]):
                found = returned if name in _RETURNING else made.objects
                note["objects"] = [self._value(each) for each in found]
                note["place"] = self._value(args[0].plane.location)
            if name != "__init__":
                note["up"] = _steps_up(made, args[0])
        self._know(made, self._last())
        if isinstance(made, cq.Workplane):
            self._lay(made, note)

    def _enter(self, owner: str, name: str, of: Any, said: list, named: dict) -> dict:
        if len(self.notes) >= _MOST:
            raise Forbidden(f"the program makes more than {_MOST} calls")
        note = {"owner": owner, "name": name, "line": _line(), "of": of, "args": said, "keywords": named, "size": 0}
        self.notes.append(note)
        return note

    def _last(self) -> dict:
        return {"ref": len(self.notes) - 1}

    def _know(self, thing: Any, value: dict) -> None:
        self._known[id(thing)] = thing, value

    def _lay(self, workplane: cq.Workplane, note: dict) -> None:
        """Takes down what lies on the stack now."""
        objects = workplane.objects
        self._stacks[id(workplane)] = [id(each) for each in objects]
        note["size"] = len(objects)
        for item, each in enumerate(objects):
            if isinstance(each, cq.Shape) and id(each) not in self._known:
                self._know(each, {**self._last(), "item": item, "size": len(objects)})

    def _refresh(self, workplane: cq.Workplane) -> None:
        """A stack that was changed from outside of CadQuery's methods is one that `newObject` made."""
        if self._stacks.get(id(workplane)) != [id(each) for each in workplane.objects]:
            of = self._known[id(workplane)][1]
            objects = [self._value(each) for each in workplane.objects]
            note = self._enter("Workplane", "newObject", of, [objects], {})
            note["objects"], note["place"] = objects, self._value(workplane.plane.location)
            self._know(workplane, self._last())
            self._lay(workplane, note)

    def _value(self, value: Any) -> Any:
        self._values += 1
        if self._values > _LONGEST:
            raise Forbidden(f"the program hands more than {_LONGEST} values to CadQuery")
        if id(value) in self._known:
            if isinstance(value, cq.Workplane):
                self._refresh(value)
            return self._known[id(value)][1]
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Real):
            number = float(value)
            return number if number - number == 0 else {"unsaid": str(number)}
        if isinstance(value, list | tuple):
            return [self._value(each) for each in value]
        if isinstance(value, cq.Vector):
            return list(value.toTuple())
        if isinstance(value, cq.Plane):
            return {"plane": [list(each.toTuple()) for each in (value.origin, value.xDir, value.zDir)]}
        if isinstance(value, cq.Location):
            place, angles = value.toTuple()
            return {"location": [*place, *angles]}
        return self._of_other(value)

    def _of_other(self, value: Any) -> Any:
        selectors = cq.selectors
        if type(value) is selectors.NearestToPointSelector:
            return {"selector": "NearestToPointSelector", "args": [self._value(value.pnt)]}
        if type(value) is selectors.BoxSelector:
            ends = [self._value(value.p0), self._value(value.p1)]
            return {"selector": "BoxSelector", "args": [*ends, bool(value.test_boundingbox)]}
        if hasattr(value, "tolist"):  # an array
            return self._value(value.tolist())
        if isinstance(value, set | frozenset | dict) or (
            hasattr(value, "__iter__") and not isinstance(value, cq.Shape)
        ):
            return [self._value(each) for each in value]
        return {"unsaid": type(value).__name__}


def _placed(assembly: cq.Assembly, place: cq.Location | None = None) -> list[tuple[Any, cq.Location]]:
    """What an assembly consists of, and where each of it lies. Its own iterator makes compounds that no call made."""
    here = place * assembly.loc if place else assembly.loc
    own = [(assembly.obj, here)] if assembly.obj is not None else []
    return own + [part for child in assembly.children for part in _placed(child, here)]


def _steps_up(made: cq.Workplane | None, ancestor: Any) -> int | None:
    """How many parents lead from one chain to the other; None where none does, or too many."""
    for steps in range(_FURTHEST):
        if made is ancestor or made is None:
            return None if made is None else steps
        made = made.parent
    return None


def _line() -> int:
    """That of the program which is being executed."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != "<program>":
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0
