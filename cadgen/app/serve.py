"""`serve`: the app at an address until a signal comes. The event loop has a thread of its own.

So the signal's exception finds the main thread waiting, and not asyncio, which would take it for one of a task's own.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from aiohttp import web

from cadgen.app.bench import Bench
from cadgen.app.guard import Address
from cadgen.app.routes import application
from cadgen.decode import load_decoder
from cadgen.model import load_reader

_LARGEST_PORT = 65535


def serve(host: str, port: int) -> NoReturn:
    """Serves until the main thread is interrupted. Raises `ValueError` and `SandboxUnavailable` where it cannot."""
    with listening(host, port) as listener:
        address = Address(host, listener.getsockname()[1])
        bench = Bench(load_reader("shipped"), load_decoder("greedy"), load_decoder("refine"))
        bench.check()
        with Server(application(bench, address), listener):
            print(f"cadgen is at {address.url} (Ctrl-C ends it)", flush=True)
            bench.warm()
            while True:
                threading.Event().wait()


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `ValueError` with the remedy."""
    if not 0 <= port <= _LARGEST_PORT:
        raise ValueError(f"--port {port}: give a number from 0 to {_LARGEST_PORT}")
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(place)
            listener.listen()
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        remedy = "give another --port (0: one that is free) or --host"
        raise ValueError(f"cannot listen at {host}, port {port} ({reason}); {remedy}") from None
    return listener


class Server:
    """`with Server(application, listener):` it answers, on a thread of its own."""

    def __init__(self, served: web.Application, listener: socket.socket):
        self._served, self._listener = served, listener
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        self._is_up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        self._loop.run_until_complete(self._answer(self._is_up.set))
        self._loop.close()

    async def _answer(self, tell: Callable[[], None]) -> None:
        runner = web.AppRunner(self._served, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
        await runner.setup()
        await web.SockSite(runner, self._listener).start()
        tell()
        await self._end.wait()
        await runner.cleanup()
