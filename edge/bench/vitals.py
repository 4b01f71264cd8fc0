"""What a process costs besides time: memory, threads, descriptors, as Linux tells."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.bench.errors import BenchError

_SELF: Final = Path("/proc/self")
_KIB_PER_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at a process.

    Attributes:
        rss_mb: Resident memory in MiB, without shared memory, in which the bench keeps its frames.
        threads: Threads alive.
        descriptors: Open file descriptors.
    """

    rss_mb: float
    threads: int
    descriptors: int


def read_vitals(process: Path = _SELF) -> Vitals:
    """Look at a process.

    Args:
        process: Its folder under `/proc`, another tree in tests.

    Raises:
        BenchError: There is no such process, or this kernel (before 4.5) does not tell the kinds of memory apart.
    """
    try:
        status = (process / "status").read_text(encoding="utf-8", errors="replace")
        descriptors = len(list((process / "fd").iterdir()))
    except OSError as error:
        raise BenchError(f"{process}: cannot be read ({error.strerror}): the bench needs Linux's /proc") from error
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    try:
        kib = sum(int(fields[name].split()[0]) for name in ("RssAnon", "RssFile"))
        threads = int(fields["Threads"])
    except (KeyError, ValueError, IndexError) as error:
        raise BenchError(f"{process}/status: has no readable {error}: the bench needs Linux 4.5 or later") from error
    return Vitals(rss_mb=kib / _KIB_PER_MIB, threads=threads, descriptors=descriptors)
