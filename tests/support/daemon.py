"""The real `pose-edge` as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


def pose_edge(
    *arguments: str | Path, environ: Mapping[str, str] | None = None, timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        _command(arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        env={**os.environ, **(environ or {})},
    )


class RunningDaemon:
    """`pose-edge run …`; use as a context manager, which kills it at the end if it still runs.

    Args:
        arguments: What stands behind `run`.
        environ: Further variables.
        wrapper: What stands before the command, e.g. strace.
    """

    def __init__(
        self, *arguments: str | Path, environ: Mapping[str, str] | None = None, wrapper: Sequence[str] = ()
    ) -> None:
        self._command = [*wrapper, *_command(["run", *arguments])]
        self._environ = {**os.environ, **(environ or {})}
        self._process: subprocess.Popen[str] | None = None
        self._said = ""

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process
        return self._process

    def end(self, sent: signal.Signals, *, within_s: float) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(sent)
        return self.process.wait(within_s)

    def wait(self, within_s: float) -> int:
        return self.process.wait(within_s)

    def read_until(self, words: str) -> None:
        """Read standard error up to the line that holds these words."""
        assert self.process.stderr
        for line in self.process.stderr:
            self._said += line
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said: {self._said}")

    def errors(self) -> str:
        """What it wrote to standard error, once it has ended."""
        return self._said + self.process.communicate()[1]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def _command(arguments: Sequence[str | Path]) -> list[str]:
    return [sys.executable, "-m", "edge", *map(str, arguments)]
