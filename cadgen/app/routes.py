"""What is asked at which address. Texts go out as JSON or as files, never as markup."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from aiohttp import web

from cadgen.app.bench import Bench, Busy
from cadgen.app.example import EXAMPLES, picture_of
from cadgen.app.front import front
from cadgen.app.guard import Address, guarded, sentence
from cadgen.app.shelf import Part, Shelf
from cadgen.app.slider import FARTHEST, MOST
from cadgen.app.take_home import KINDS, extent_of, made
from cadgen.app.upload import LARGEST_BODY, object_of, pictures_of

T = TypeVar("T")

BENCH, SHELF = web.AppKey("bench", Bench), web.AppKey("shelf", Shelf)
_AXES = 6  # kinds of numbers
_WAITING = frozenset({"waiting", "first", "refining"})
_MOST_ASKED = 16  # programs that visitors have had executed, moved or written and that are not done
_LONGEST_CODE = 64 * 2**10  # characters


def application(bench: Bench, address: Address, shelf: Shelf | None = None) -> web.Application:
    """The app, to be served at `address`."""
    served = web.Application(middlewares=[guarded(address)], client_max_size=LARGEST_BODY)
    served[BENCH], served[SHELF] = bench, Shelf() if shelf is None else shelf
    served[_ASKED] = []
    served.add_routes(
        [
            web.get("/", _page),
            web.get("/examples/{name}", _example),
            web.post("/parts", _begin),
            web.get("/parts/{id}", _look),
            web.post("/parts/{id}/run", _run),
            web.post("/parts/{id}/move", _move),
            web.post("/parts/{id}/file", _file),
        ]
    )
    return served


_ASKED = web.AppKey("asked", list)


async def _page(request: web.Request) -> web.Response:
    text, policy = front()
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


async def _example(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in EXAMPLES:
        raise web.HTTPNotFound(reason="there is no such example")
    drawn = await asyncio.to_thread(picture_of, name)
    return web.Response(body=drawn, content_type="image/png")


async def _begin(request: web.Request) -> web.Response:
    """Pictures of a part, as a form: picture (a file) and view, as many times as there are pictures."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, request.content_length or 0, reason=_TOO_LARGE)
    files = await pictures_of(request)
    bench = request.app[BENCH]
    part = await asyncio.wrap_future(bench.read(files))
    try:
        bench.take(part)
    except Busy as error:
        return sentence(503, str(error))
    request.app[SHELF].add(part)
    return web.json_response({"id": part.id}, status=201)


_TOO_LARGE = f"more than {LARGEST_BODY // 2**20} MB are not read; scale the pictures down"


async def _look(request: web.Request) -> web.Response:
    """How far it is; with the answer where that is newer than the one that `known` numbers."""
    part = _part(request)
    now = part.told
    told = {"stage": now.stage, "told": now.told, "version": now.version}
    if now.stage in _WAITING:
        told["ahead"] = request.app[BENCH].ahead(part)
    if now.answer is not None and request.query.get("known") != str(now.version):
        told["answer"] = now.answer
    return web.json_response(told)


async def _run(request: web.Request) -> web.Response:
    part, sent = _part(request), await object_of(request)
    return web.json_response(await _asked(request, partial(request.app[BENCH].run, part, _code(sent))))


async def _move(request: web.Request) -> web.Response:
    part, sent = _part(request), await object_of(request)
    by = _moves(sent.get("by"))
    return web.json_response(await _asked(request, partial(request.app[BENCH].move, part, _code(sent), by)))


async def _file(request: web.Request) -> web.Response:
    _part(request)
    sent = await object_of(request)
    kind, code, extent = sent.get("kind"), _code(sent), extent_of(sent.get("extent"))
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"there is no such file; choose one of {', '.join(KINDS)}")
    make = partial(made, kind, code, extent)
    content = await _asked(request, partial(request.app[BENCH].file, code, make))
    headers = {"Content-Disposition": f'attachment; filename="part.{kind}"'}
    return web.Response(body=content, content_type=KINDS[kind], headers=headers)


async def _asked(request: web.Request, work: partial["Future[T]"]) -> T:
    """What comes of it, unless too much is asked already."""
    pending = request.app[_ASKED]
    if len(pending) >= _MOST_ASKED:
        raise web.HTTPServiceUnavailable(reason="too much is asked at once; try again in a few seconds")
    future = work()
    pending.append(future)
    try:
        return await asyncio.wrap_future(future)
    finally:
        pending.remove(future)


def _part(request: web.Request) -> Part:
    part = request.app[SHELF].get(request.match_info["id"])
    if part is None:
        raise web.HTTPNotFound(reason="this part is not kept any more; give its picture again")
    return part


def _code(sent: Mapping) -> str:
    code = sent.get("code")
    if not isinstance(code, str):
        raise ValueError("there is no program in what was sent")
    if len(code) > _LONGEST_CODE:
        raise ValueError(f"a program of more than {_LONGEST_CODE} characters is not executed; shorten it")
    return code


def _moves(by: object) -> dict[tuple[int, int], int]:
    """[[axis, value, steps], ...] by axis and value. Raises `ValueError`."""
    if not isinstance(by, list) or len(by) > MOST:
        raise ValueError("what is to be moved is no list of numbers")
    found = {}
    for row in by:
        if not isinstance(row, list) or len(row) != 3 or not all(type(number) is int for number in row):
            raise ValueError("what is to be moved is no list of axis, value and steps")
        axis, value, step = row
        if not 0 <= axis < _AXES or abs(step) > FARTHEST:
            raise ValueError(f"a number is moved by up to {FARTHEST} steps; there are axes 0 to {_AXES - 1}")
        found[axis, value] = step
    return found
