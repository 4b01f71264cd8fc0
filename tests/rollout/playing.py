"""A playbook while it runs."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Playing:
    """A running playbook: its lines with the times at which they came.

    Args:
        command: What to run.
        folder: Where.
        environment: With these variables, and no others.
    """

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.lines: list[tuple[float, str]] = []
        """When each line came, in Unix time, and the line."""
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="playbook", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self.lines.append((time.time(), line))

    @property
    def said(self) -> str:
        """All it has printed."""
        return "".join(line for _, line in self.lines)

    def first(self, text: str) -> float | None:
        """When a line with this text came first."""
        return next((at_s for at_s, line in list(self.lines) if text in line), None)

    def wait_for(self, condition: str | Callable[[], bool], *, within_s: float = 400.0) -> None:
        """Wait until a line with a text has come, or until something else is the case."""
        deadline_s = time.monotonic() + within_s
        while not (self.first(condition) is not None if isinstance(condition, str) else condition()):
            assert self._process.poll() is None, f"it has ended before {condition}\n{self.said}"
            assert time.monotonic() < deadline_s, f"{condition} did not happen\n{self.said}"
            time.sleep(0.005)

    def finish(self, *, within_s: float = 900.0) -> int:
        """Wait for its end; returns its exit code."""
        code = self._process.wait(within_s)
        self._reader.join(10)
        return code

    def kill(self) -> None:
        """End it and all it has started: Ansible's workers have sessions of their own, and would go on."""
        for process in (self._process.pid, *descendants(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.finish()


def descendants(process: int) -> list[int]:
    """All processes below one."""
    found = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, tasks.read_text().split()):
            found += [child, *descendants(child)]
    return found
