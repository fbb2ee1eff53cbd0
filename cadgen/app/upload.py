"""What visitors send, read with bounds: `pictures_of` a form, `object_of` JSON."""

import asyncio
import json
from asyncio import Semaphore

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from cadgen.label import shown
from cadgen.shape import NAMED

MOST_PICTURES = 6
LARGEST = 24 * 2**20
"""Bytes of a picture."""
LARGEST_BODY = 64 * 2**20
_LARGEST_FIELD, _LARGEST_JSON = 64, 160 * 2**10
_PATIENCE_S = 120.0  # that a body may take to come
_LONGEST_NAME = 80
FREE = "any"
"""The view of a picture whose camera is to be found."""

_uploads = Semaphore(4)  # bodies that are in memory at once


async def pictures_of(request: web.Request) -> list[tuple[bytes, str, str | None]]:
    """Bytes, name and view (None: to be found) of the pictures of a form. Raises `ValueError` with the remedy."""
    if not request.content_type.startswith("multipart/"):
        raise ValueError("there is no picture in what was sent; send a form with files named picture")
    async with _uploads:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                files, views = await _fields(request)
        except TimeoutError:
            raise ValueError("the pictures took too long to come; send smaller ones") from None
    if not files:
        raise ValueError("there is no picture in what was sent; choose one at least")
    if unknown := [view for view in views if view != FREE and view not in NAMED]:
        told = ", ".join((*NAMED, FREE))
        raise ValueError(f"view {shown(unknown[0])} is unknown; choose one of {told}")
    if len(views) > len(files):
        raise ValueError(f"there are {len(views)} views for {len(files)} pictures; name one for each")
    views += [FREE] * (len(files) - len(views))
    return [(*file, None if view == FREE else view) for file, view in zip(files, views, strict=True)]


async def _fields(request: web.Request) -> tuple[list[tuple[bytes, str]], list[str]]:
    files: list[tuple[bytes, str]] = []
    views: list[str] = []
    try:
        async for field in await request.multipart():
            if not isinstance(field, BodyPartReader):
                raise ValueError("a form within a form is not read; send one form")
            if field.name == "picture":
                if len(files) == MOST_PICTURES:
                    raise ValueError(f"more than {MOST_PICTURES} pictures of a part are not read; send fewer")
                name = shown(field.filename or "picture")[:_LONGEST_NAME]
                files.append((await _content(field, LARGEST, name), name))
            elif field.name == "view" and len(views) < MOST_PICTURES:
                views.append((await _content(field, _LARGEST_FIELD, "view")).decode("utf-8", "replace"))
            else:
                raise ValueError(f"a field {shown(str(field.name))[:_LONGEST_NAME]} is not known here")
    except (HttpProcessingError, AssertionError, EOFError, LookupError, UnicodeError):  # of a torn form
        raise ValueError("the form is torn; send it again") from None
    return files, views


async def _content(field: BodyPartReader, largest: int, name: str) -> bytes:
    found = bytearray()
    while piece := await field.read_chunk(2**16):
        found += piece
        if len(found) > largest:
            told = f"{largest // 2**20} MB" if largest >= 2**20 else f"{largest} bytes"
            raise ValueError(f"{name} has more than {told}; scale it down, a few hundred pixels a side are enough")
    return bytes(found)


async def object_of(request: web.Request) -> dict:
    """The JSON object that was sent. Raises `ValueError`."""
    async with asyncio.timeout(_PATIENCE_S):
        if (request.content_length or 0) > _LARGEST_JSON:
            raise ValueError(f"more than {_LARGEST_JSON // 2**10} kB are not read; shorten the program")
        body = bytearray()
        async for piece in request.content.iter_chunked(2**14):
            body += piece
            if len(body) > _LARGEST_JSON:
                raise ValueError(f"more than {_LARGEST_JSON // 2**10} kB are not read; shorten the program")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("what was sent is no JSON") from None
    if not isinstance(told, dict):
        raise ValueError("what was sent is no JSON object")
    return told
