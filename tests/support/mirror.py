"""A web server on loopback that serves what it is given, and misbehaves when told to."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        status: Answer with this status and nothing else.
        location: Redirect there.
        cut_after: Close the connection after so many bytes of the body.
        stall_after: Fall silent after so many bytes, until the mirror is closed.
        ignore_range: Send everything although a range was asked for.
        content: Send these bytes instead of the file's.
        pause_s: Wait so long after each chunk.
    """

    status: int | None = None
    location: str | None = None
    cut_after: int | None = None
    stall_after: int | None = None
    ignore_range: bool = False
    content: bytes | None = None
    pause_s: float = 0.0


@dataclass(slots=True)
class Mirror:
    """Serves `files` by path. Each fault in `faults` spoils one request, in order.

    Attributes:
        files: Path, without the leading slash, to content.
        faults: Those still to come.
        requests: Path and `Range` header of every request so far.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _server: Any = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    mirror.answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="mirror")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        assert self._thread
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, wanted = request.path, request.headers.get("Range")
        self.requests.append((path, wanted))
        fault = self.faults.pop(0) if self.faults else Fault()
        content = fault.content if fault.content is not None else self.files.get(path.lstrip("/"))
        if fault.location or fault.status or content is None:
            request.send_response(fault.status or (302 if fault.location else 404))
            if fault.location:
                request.send_header("Location", fault.location)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not fault.ignore_range else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        self._send(request, content[start:], fault)

    def _send(self, request: BaseHTTPRequestHandler, body: bytes, fault: Fault) -> None:
        end = next((n for n in (fault.cut_after, fault.stall_after) if n is not None), len(body))
        for at in range(0, end, CHUNK):
            request.wfile.write(body[at : min(at + CHUNK, end)])
            request.wfile.flush()
            time.sleep(fault.pause_s)
        if fault.stall_after is not None:
            self.closing.wait()
        request.close_connection = True
