"""A contender as the measuring process sees it: a process that is told to play, to pause and to be looked at."""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import IO, Any, Final, Self

from edge.bench.child import ChildSpec
from edge.bench.errors import BenchError
from edge.bench.looks import Look
from edge.bench.reel import Reel
from edge.errors import ExitCode

_ANSWER_S: Final = 60.0
"""A start loads MediaPipe and a model: seconds on a Pi; a look under a tight quota waits for its turn."""
_END_S: Final = 5.0
_TAIL_BYTES: Final = 2000


class Rival:
    """Starts a contender's process on entering and ends it on leaving.

    Args:
        name: For messages.
        spec: Which contender, and how.

    Raises:
        BenchError: The process ended or does not answer; the text has its last words.
    """

    def __init__(self, name: str, spec: ChildSpec) -> None:
        self.name = name
        self.spec = spec
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._unread = b""

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._running().pid

    def play(self, reel: Reel, *, start: int = 0) -> None:
        """Let it see the pictures, from a place of their endless play on."""
        self._ask({"do": "play", "reel": asdict(reel), "start": start})

    def pause(self) -> None:
        """Let it see nothing."""
        self._ask({"do": "pause"})

    def look(self) -> Look:
        """How it stands now."""
        return Look(**self._ask({"do": "look"}))

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(  # noqa: S603 - this Python, this package
            [sys.executable, "-m", "edge.bench.child", self.spec.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Out of the terminal's reach: on Ctrl-C it is ended in order. And if this process dies while it holds the
            # contender stopped, the kernel wakes and ends a group that has lost its session's last parent.
            process_group=0,
        )
        try:
            self._answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise BenchError(f"{self.name} is asked before it was started")
        return self._process

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError):  # its last answer says why
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        process = self._running()
        assert process.stdout is not None  # noqa: S101 - it was asked for
        deadline_s = time.monotonic() + _ANSWER_S
        while b"\n" not in self._unread:
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline_s - time.monotonic()))
            piece = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
            if not piece:
                what = f"does not answer within {_ANSWER_S:g} s" if not ready else "has ended"
                raise BenchError(f"contender {self.name} {what}: {self._last_words()}")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchError(f"contender {self.name}: {answer['error']}", ExitCode(answer["exit_code"]))
        return answer

    def _last_words(self) -> str:
        assert self._log is not None  # noqa: S101 - opened with the process
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _TAIL_BYTES))
        lines = self._log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def _end(self) -> None:
        if self._process is None:
            return
        with self._process as process:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            with suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._log is not None:
            self._log.close()
