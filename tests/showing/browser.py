"""A headless browser over the DevTools protocol: pages opened, asked, pictured, printed. Standard library alone."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0", "--disable-component-update",
)  # fmt: skip
STARTS_IN = 40.0


def found() -> str | None:
    """The browser of this machine; None where there is none. RIGWISE_BROWSER names another."""
    named = os.environ.get("RIGWISE_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextlib.contextmanager
def started(home: Path) -> Iterator[Browser]:
    """A browser of its own, with its profile under `home`; ended afterwards."""
    program = found()
    assert program is not None
    log = home / "browser.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={home / 'profile'}", "about:blank"],
            stdout=stream, stderr=stream, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        yield Browser(_port(log, process))
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    """The port the browser says it listens on."""
    until = time.monotonic() + STARTS_IN
    while time.monotonic() < until:
        told = re.search(r"DevTools listening on ws://[^:]+:(\d+)/", log.read_text("utf-8", "replace"))
        if told:
            return int(told[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the browser did not start: {log.read_text('utf-8', 'replace')[-400:]}")


class Browser:
    """One tab."""

    def __init__(self, port: int) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=20) as answer:
            place = json.load(answer)["webSocketDebuggerUrl"]
        self.events: list[dict[str, Any]] = []
        self._count = 0
        self._socket = _connected(port, place)
        self._rest = b""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a method of the protocol answers; events on the way are kept."""
        self._count += 1
        self._send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._receive())
            if message.get("id") == self._count:
                assert "error" not in message, (method, message["error"])
                return dict(message["result"])
            self.events.append(message)

    def open(self, path: Path) -> None:
        """Load a file and wait until it is there."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self._receive()))
        self.value("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    def value(self, expression: str) -> Any:
        """The value of a script's expression, awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """Errors, warnings and exceptions that the page gave rise to."""
        found = []
        for event in self.events:
            told = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
            elif event["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
                found.append(str(told["args"]))
            elif event["method"] == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
                found.append(told["entry"]["text"])
        return found

    def requests(self) -> list[str]:
        """What was loaded, the page itself included."""
        return [event["params"]["request"]["url"] for event in self.events
                if event["method"] == "Network.requestWillBeSent"]  # fmt: skip

    def looks(self, width: int, dark: bool = False, medium: str = "") -> None:
        """Width of the window, and the colours or the medium that are asked of the page."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=medium, features=[scheme])

    def picture(self) -> bytes:
        """The whole page as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(answer["data"])

    def printed(self) -> bytes:
        """The page as PDF, on A4."""
        answer = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True,
                           preferCSSPageSize=True)  # fmt: skip
        return base64.b64decode(answer["data"])

    def _send(self, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0x80 | 126]) + struct.pack(">H", size)
        if size >= 1 << 16:
            head = bytes([0x81, 0x80 | 127]) + struct.pack(">Q", size)
        self._socket.sendall(head + mask + bytes(one ^ mask[place % 4] for place, one in enumerate(data)))

    def _receive(self) -> str:
        """One whole message; its frames joined."""
        parts = []
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            data = self._take(size)
            if first & 0x0F in (0, 1):
                parts.append(data)
                if first & 0x80:
                    return b"".join(parts).decode()

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            more = self._socket.recv(1 << 20)
            assert more, "the browser hung up"
            self._rest += more
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _connected(port: int, place: str) -> socket.socket:
    """A socket after the handshake of the web socket protocol."""
    opened = socket.create_connection(("127.0.0.1", port), 30)
    path = place.split(str(port), 1)[1]
    key = base64.b64encode(os.urandom(16)).decode()
    opened.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += opened.recv(1)
    assert b" 101 " in head.split(b"\r\n")[0], head
    return opened
