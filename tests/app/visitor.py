"""An app that answers, with proposers that need no network's wit, and a visitor who asks it."""

import json
import time
from contextlib import contextmanager
from http.client import HTTPConnection

from cadgen.app.bench import Bench
from cadgen.app.guard import Address
from cadgen.app.routes import application
from cadgen.app.serve import Server, listening
from cadgen.decode import Candidate, Decoder, Likelihood

HEAD = "import cadquery as cq\n"
FIRST = HEAD + "result=cq.Workplane('XY').rect(300,200).extrude(100)\n"
BETTER = HEAD + "result=cq.Workplane('XY').rect(300,200).extrude(100).faces('>Z').workplane().hole(80)\n"


def says(*codes):
    """A decoder that offers these programs for every picture."""

    def propose(network, image_BCHW):
        return [[Candidate(code, -1.0, 10, True) for code in codes] for _ in image_BCHW]

    return Decoder(propose, Likelihood())


@contextmanager
def opened(network, first=None, better=None, shelf=None):
    """(bench, address) of an app that is up."""
    bench = Bench(network, first or says(FIRST), better or says(BETTER))
    with listening("127.0.0.1", 0) as listener:
        address = Address("127.0.0.1", listener.getsockname()[1])
        with Server(application(bench, address, shelf), listener):
            yield bench, address
    bench.close()


class Visitor:
    """`ask` gives status, headers and body. Whatever it does not say otherwise, it asks as the page does."""

    def __init__(self, address):
        self.place = f"127.0.0.1:{address.port}"

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Host": self.place} | ({"Origin": f"http://{self.place}"} if method == "POST" else {}) | headers
        connection = HTTPConnection(self.place, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def json(self, method, path, content=None, **headers):
        """Status and what the JSON says."""
        body = None if content is None else json.dumps(content).encode()
        status, _, answer = self.ask(method, path, body, **headers)
        return status, json.loads(answer)

    def give(self, *files, views=()):
        """Status and what is said to pictures: bytes, or (name, bytes)."""
        body = form([*(("view", None, view.encode()) for view in views), *map(_field, files)])
        status, _, answer = self.ask("POST", "/parts", body, Content_Type="multipart/form-data; boundary=edge")
        return status, json.loads(answer)

    def made(self, *files, views=()):
        """The id of a part, and its last answer."""
        status, told = self.give(*files, views=views)
        assert status == 201, told
        return told["id"], self.wait(told["id"])["answer"]

    def wait(self, part, most_s=120):
        end = time.monotonic() + most_s
        while time.monotonic() < end:
            status, told = self.json("GET", f"/parts/{part}")
            assert status == 200, told
            if told["stage"] in ("done", "failed"):
                return told
            time.sleep(0.05)
        raise AssertionError(f"still {told['stage']} after {most_s} s")


def _field(file):
    name, content = file if isinstance(file, tuple) else ("part.png", file)
    return "picture", name, content


def form(fields):
    """A form of (name, name of a file or None, bytes)."""
    body = b""
    for name, file, content in fields:
        of_file = f'; filename="{file}"' if file else ""
        body += f'--edge\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--edge--\r\n"
