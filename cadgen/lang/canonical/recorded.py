"""Notes of what a program did, as the sandbox's cage takes them, to calls that a text can say.

A note that no text can say costs only what hangs on it: `Said` keeps the reason in its place.
"""

from collections.abc import Sequence
from typing import Any

from cadgen.lang.call.value import Call
from cadgen.lang.canonical import shapes
from cadgen.lang.canonical.said import Said
from cadgen.lang.error import DialectError


def calls_of(notes: Sequence[Any], result: Any) -> tuple[list[Call], Call, dict[Call, int]]:
    """The calls that `notes` tell of, of them that which made the `result`, and how many parents each adds to a chain.

    Raises `DialectError` where it cannot be said, or where the notes are none.
    """
    said = Said()
    try:
        for note in notes:
            said.ends.append(_end_of(note, said))
        return said.calls, _result(result, said), said.ups
    except DialectError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise DialectError(f"what the program did cannot be read: {type(error).__name__}: {error}") from None


def _end_of(note: dict, said: Said) -> Call | list[Call] | DialectError:
    said.line = int(note["line"])
    kept = len(said.calls)
    try:
        return _say(note, said)
    except DialectError as caught:
        error = caught
        del said.calls[kept:]
        if not isinstance(note.get("objects"), list):
            return error
    try:
        return _by_its_objects(note, said)
    except DialectError:
        del said.calls[kept:]
        return error


def _by_its_objects(note: dict, said: Said) -> Call:
    """A call with a function, a shape or a selector of the program's own, as the objects that it left on the stack."""
    of, arguments, keywords = (note[name] for name in ("of", "args", "keywords"))
    combine = {"each": True, "eachpoint": False, "cutEach": "cut"}.get(note["name"], False)
    found = [_value(each, said) for each in note["objects"] if each is not None]
    if note["name"] in ("each", "eachpoint", "cutEach"):
        local = keywords.get("useLocalCoordinates", keywords.get("useLocalCoords", (*arguments, False, False)[1]))
        if local:
            found = [shapes.moved(each, note["place"]["location"], said) for each in found]
        if note["name"] != "cutEach":
            combine = keywords.get("combine", (*arguments, 0, combine)[2] if len(arguments) > 2 else combine)
    if combine is False:
        return shapes.gathered(found, said)
    chain = _value(of, said)
    for each in found:
        chain = said.call("Workplane", "cut" if combine in ("cut", "s") else "union", chain, each)
    return chain


def _result(value: Any, said: Said) -> Call:
    if isinstance(value, dict) and "parts" in value:
        placed = [(_value(part, said), place) for part, place in value["parts"] if part is not None]
        moved = [shapes.moved(part, place["location"], said) for part, place in placed]
        return shapes.gathered(moved, said)
    found = _value(value, said)
    if not isinstance(found, Call):
        raise DialectError("the result is nothing that the program made of CadQuery's calls")
    return found


def _say(note: dict, said: Said) -> Call | list[Call]:
    owner, name = note["owner"], note["name"]
    of = None if note["of"] is None else _value(note["of"], said)
    if owner not in ("Workplane", "Sketch"):
        arguments = [_value(each, said) for each in note["args"]]
        keywords = {key: _value(each, said) for key, each in note["keywords"].items()}
        return shapes.say(owner, name, of, arguments, keywords, said)
    if not (of is None or isinstance(of, Call)):
        raise said.error(f"{name} of what is no chain")
    arguments = [_value(each, said) for each in note["args"]]
    keywords = {key: _value(each, said) for key, each in note["keywords"].items()}
    arguments = [_of_its_own(each, said) for each in arguments]
    if name == "all":
        return [said.call(owner, "item", of, item) for item in range(_count(note))]
    call = _special(owner, name, of, arguments, keywords, said)
    if call is None:
        call = said.call(owner, name, of, *arguments, **keywords)
        if isinstance(note.get("up"), int):
            said.ups[call] = note["up"]
    return call


def _count(note: dict) -> int:
    return min(int(note["size"]), 1000)


def _special(owner: str, name: str, of: Call | None, arguments: list, keywords: dict, said: Said) -> Call | None:
    """What is said otherwise than it was called; None for the rest."""
    first = arguments[0] if arguments else None
    if (owner, name) == ("Workplane", "__init__"):
        given = keywords.pop("obj", None) or (arguments.pop(2) if len(arguments) > 2 else None)
        inside = keywords.get("inPlane", first)
        if isinstance(inside, Call) and inside.kind == "Workplane":
            given, arguments = inside, arguments[1:]
            keywords.pop("inPlane", None)
            if arguments:
                keywords["origin"] = arguments.pop(0)
        if isinstance(given, Call):
            blank = said.call(owner, name, None, *(arguments or ["XY"]), **keywords)
            if given.kind == "Location":
                return said.call(owner, "pushPoints", blank, [given])
            return said.call(owner, "add", blank, given)
    if (owner, name) == ("Workplane", "add") and isinstance(first, list):
        for each in first:
            of = said.call(owner, name, of, each)
        return of
    if (owner, name) == ("Workplane", "add") and isinstance(first, Call) and not first.solid:
        return of  # what is drawn waits for all chains of the workplane alike
    return None


def _value(value: Any, said: Said) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list):
        return [_value(each, said) for each in value]
    if "ref" in value:
        return _reference(value, said)
    if "plane" in value:
        origin, x, normal = (tuple(map(float, each)) for each in value["plane"])
        return said.call("Plane", "__init__", None, origin, x, normal)
    if "location" in value:
        return said.call("Location", "__init__", None, *map(float, value["location"]))
    if "selector" in value:
        return said.call(value["selector"], "__init__", None, *(_value(each, said) for each in value["args"]))
    if "shapes" in value:
        return shapes.gathered([_value(each, said) for each in value["shapes"]], said)
    raise said.error(f"a {str(value.get('unsaid'))[:60]} is no value that a text can give")


def _reference(value: dict, said: Said) -> Call:
    end = said.ends[int(value["ref"])]
    if isinstance(end, DialectError):
        raise end
    if isinstance(end, list):
        return end[int(value["item"])]
    if value.get("size", 1) > 1:
        return said.call("Workplane", "item", end, int(value["item"]))
    return end


def _of_its_own(value: Any, said: Said) -> Any:
    """A sketch that a workplane began and that is an argument: begun by itself, which no plane makes another."""
    if not (isinstance(value, Call) and value.kind == "Sketch"):
        return value
    chain = [value]
    while chain[-1].receiver is not None and chain[-1].kind == "Sketch":
        chain.append(chain[-1].receiver)
    if chain[-1].kind == "Sketch":
        return value
    sketch = said.call("Sketch", "__init__", None)
    for call in reversed(chain[:-2]):
        sketch = said.call("Sketch", call.name, sketch, **call.arguments)
    return sketch
