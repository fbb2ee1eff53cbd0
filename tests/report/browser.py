"""A headless Chromium, told over a pipe what to do (DevTools protocol), for tests that look at a page."""

import base64
import json
import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars"),
)


def found() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """`with Browser(program, folder) as browser: browser.open(page)`; folder: for what it keeps."""

    def __init__(self, program: str, folder: Path, *flags: str):
        there, self._out = os.pipe()
        self._in, back = os.pipe()
        command = [program, *FLAGS, *flags, f"--user-data-dir={folder}", "about:blank"]
        # It reads from descriptor 3 and writes to 4; copied high first, where neither can be the other.
        wiring = f'exec 3<&{there} 4>&{back} && exec "$@"'
        self._process = subprocess.Popen(
            ["bash", "-c", wiring, "bash", *command],
            pass_fds=(there, back), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(there)
        os.close(back)
        self._numbers, self._buffer, self._session = count(1), b"", None
        self.told: list[str] = []  # by the page: errors, what its policy refused
        self.fetched: list[str] = []

    def __enter__(self):
        (target,) = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Performance"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == number:
                assert "error" not in told, told["error"]
                return told["result"]

    def _read(self) -> dict:
        while b"\0" not in self._buffer:
            part = os.read(self._in, 1 << 20)
            assert part, "Chromium has ended"
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\0")
        told = json.loads(line)
        self._note(told.get("method"), told.get("params", {}))
        return told

    def _note(self, method: str | None, event: dict) -> None:
        if method == "Log.entryAdded":
            self.told.append(event["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.told.append(json.dumps(event["exceptionDetails"]))
        elif method == "Network.requestWillBeSent" and not event["request"]["url"].startswith("data:"):
            self.fetched.append(event["request"]["url"])

    def look(self, width: int, height: int = 900, theme: str = "light") -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, page: Path, fragment: str = "") -> None:
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=page.resolve().as_uri() + fragment)
        self.run("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', done))")

    def run(self, script: str):
        """What the page's script gives, awaited."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def picture(self, path: Path) -> Path:
        """A screenshot, two frames after what was asked for before."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return path
