"""Who may ask: pages of ours, at an address of ours. And what a browser is told of every answer.

A page of a stranger can send requests to this machine, but not choose what stands in Host and Origin. Where its name is
made to lead here (DNS rebinding), Host has that name; where it posts across origins, Origin is its own.
"""

import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Address:
    """Where the app listens: the host as it was asked for, and the port."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """For people."""
        host = "127.0.0.1" if self._is_any else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this address: by number, as localhost, or by the name of this machine."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if port != self.port or parts.path or parts.username is not None:
            return False
        return name in self._names or (self._is_any and _is_number(name))

    @cached_property
    def _names(self) -> frozenset[str]:
        names = {"localhost", "127.0.0.1", "::1", self.host.lower()}
        return frozenset(names | {socket.gethostname().lower()} if self._is_any else names)

    @property
    def _is_any(self) -> bool:
        return _is_number(self.host) and ip_address(self.host).is_unspecified


def guarded(address: Address) -> Callable:
    """The middleware: refuses what no page of ours asks, and has every answer carry its headers."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await _refused(request, address) or await handler(request)
        except web.HTTPException as error:
            response = sentence(error.status, error.reason)
        except ValueError as error:  # of ours, with the remedy in words
            response = sentence(422, str(error))
        except Exception:  # of nobody's doing but ours
            logging.getLogger(__name__).exception("%s %s", request.method, request.path)
            response = sentence(500, "something went wrong here; what, is told where cadgen runs")
        response.headers.update(_HEADERS)
        response.headers.setdefault("Content-Security-Policy", _NOTHING)
        return response

    return guard


def sentence(status: int, told: str) -> web.Response:
    """An answer that is one line for people."""
    return web.json_response({"told": told}, status=status)


async def _refused(request: web.Request, address: Address) -> web.Response | None:
    host = request.headers.get("Host", "")
    if not address.is_ours(host):
        return sentence(421, f"this address is not known here; open {address.url}")
    if request.method in ("GET", "HEAD"):
        return None
    origin = urlsplit(request.headers.get("Origin", ""))
    if origin.netloc != host or origin.scheme not in ("http", "https"):
        return sentence(403, "only the app's own page may send this")
    return None


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
