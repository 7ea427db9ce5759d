# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: Gradient Bidding contributors
"""Serve the page about a run to a browser on this machine, anew as its journal grows.

From a shell: ``gbid watch OUT.h5``. The run is only read: a snapshot of its journal is made in a
temporary folder. Nothing is served to another machine, or to a page that came from elsewhere.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from gbid import _program, report
from gbid._file import NotAGbidFileError

HOST = "127.0.0.1"
CANNOT_LISTEN = 74
# The browser asks whether something is new and loads the page again if so; it keeps its place.
REFRESH = """<script>
setInterval(async () => {
  try {
    const now = await (await fetch("/version", {cache: "no-store"})).text();
    if (now !== %(version)s) location.reload();
  } catch { document.title = "(ended) " + document.title.replace(/^\\(ended\\) /, ""); }
}, %(every)d);
</script>"""


class WatchedRun:
    """A run's file or, while it is played, its journal.

    Parameters
    ----------
    file : pathlib.Path
        The name that the run has or will have; neither it nor its journal need be there yet.
    folder : pathlib.Path
        Where snapshots go.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        self.file = file
        self.journal = file.with_name(file.name + ".journal")
        self._snapshot = folder / file.name
        self._lock = Lock()
        self._built = ("", "")  # version, page

    def version(self) -> str:
        """Changes when there is something new."""
        for path in (self.journal, self.file):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            return f"{path.name} {found.st_size} {found.st_mtime_ns}"
        return "nothing"

    def page(self) -> tuple[str, str]:
        """Version and page; what cannot be read is said on it."""
        with self._lock:
            version = self.version()
            if version != self._built[0]:
                self._built = version, self._build()
            return self._built

    def _build(self) -> str:
        try:
            if self.journal.exists():
                try:
                    _program.call("recover", self.file, "--snapshot", "--force", "-o", self._snapshot)
                    return report.build(self._snapshot)
                except _program.GbidError:
                    if self.journal.exists():  # else it has just been published
                        raise
            if not self.file.exists():
                return _message(f"{self.file}: there is no run yet")
            return report.build(self.file)
        except (NotAGbidFileError, _program.GbidError, OSError) as error:
            return _message(str(error))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, run: WatchedRun, every: float) -> None:
        super().__init__((HOST, port), _Handler)
        self.run, self.every = run, every


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"{HOST}:{port}", f"localhost:{port}"):
            self.send_error(403, "only for this machine")  # another site's name for this address
        elif self.path == "/version":
            self._send(self.server.run.version(), "text/plain")
        elif self.path == "/":
            version, page = self.server.run.page()
            script = REFRESH % {"version": json.dumps(version).replace("</", "<\\/"), "every": 1000 * self.server.every}
            head, end, rest = page.rpartition("</body>")
            self._send(head + script + end + rest if end else page + script, "text/html")
        else:
            self.send_error(404)

    def _send(self, text: str, kind: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Requests are nothing to tell."""


def serve(file: Path, port: int, every: float) -> None:
    """Serve until Ctrl-C; the address is printed.

    Raises
    ------
    OSError
        If the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="gbid-watch-") as folder:
        with _Server(port, WatchedRun(file, Path(folder)), every) as server:
            print(f"http://{HOST}:{server.server_address[1]}/ shows {file}; Ctrl-C ends", flush=True)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print(file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="gbid watch", allow_abbrev=False)
    parser.add_argument("file", metavar="OUT.h5", type=Path)
    parser.add_argument("--port", type=int, default=8470)
    parser.add_argument("--every", type=float, default=2.0)
    options = parser.parse_args(arguments)
    try:
        serve(options.file, options.port, options.every)
    except OSError as error:
        print(f"gbid watch: {HOST}:{options.port}: {error}; --port names another", file=sys.stderr)
        return CANNOT_LISTEN
    return 0


def _message(text: str) -> str:
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>gbid watch</title><body><p>{html.escape(text)}</p></body></html>"
