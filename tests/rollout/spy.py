"""Looks for secrets where they must not be: in what processes were started with, and in files."""

import contextlib
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

EVERY_S: Final = 0.1


class ProcessSpy:
    """Reads the arguments and environments of all processes of this machine and of its boxes, again and again.

    Args:
        secrets: What must not be there.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._done = threading.Event()
        self.found: set[str] = set()
        """Programs that had one."""
        self.looks = 0
        self.processes: set[int] = set()
        """All that were looked at."""
        self._thread = threading.Thread(target=self._watch, name="process-spy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(10)

    def _watch(self) -> None:
        while not self._done.wait(EVERY_S):
            self.looks += 1
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                    self.processes.add(int(process.name))
                    if any(secret in told for secret in self._secrets):
                        self.found.add((process / "comm").read_text().strip())


def files_with(secrets: Iterable[str], folder: Path) -> set[Path]:
    """All files below a folder that hold one."""
    words = [word for secret in secrets for word in ("-e", secret)]
    done = subprocess.run(["grep", "-rlsaF", *words, folder], capture_output=True, text=True, check=False)
    return {Path(line) for line in done.stdout.splitlines()}
