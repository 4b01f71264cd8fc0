"""Where log lines go: to systemd's journal with their fields, else to standard error, readable or as JSON.

The journal is spoken to by its own protocol (one datagram of fields on a socket, see systemd's
JOURNAL_NATIVE_PROTOCOL): python-systemd would bring the same, and needs a compiler where apt's build of it does not fit
the interpreter. How many lines it takes in half a minute is the unit's matter (LogRateLimitBurst).
"""

import json
import logging
import os
import socket
import struct
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TextIO

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_JOURNAL: Final = Path("/run/systemd/journal/socket")
_IDENTIFIER: Final = "pose-edge"

_DEBUG: Final = 7
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""syslog's priorities, which the journal and `<N>` in front of a line share."""

_ERROR_MARK: Final = "<3>"
"""In front of a line on standard error, for the journal: sd-daemon(3)."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (RFC 3339), level, logger, thread, message, and the traceback if there is one."""

    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        fields = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class PriorityFormatter(logging.Formatter):
    """Text with the priority in front of every line, as sd-daemon(3) has it: the journal cuts it off and keeps it."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        mark = f"<{priority(record.levelno)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


class JournalHandler(logging.Handler):
    """Hands records to the journal with their fields: `journalctl LOGGER=edge.daemon`, `-p warning`, `-o verbose`.

    Args:
        path: The journal's socket.
        fallback: Takes what the journal does not.

    Raises:
        OSError: Nobody listens there.
    """

    def __init__(self, path: Path = _JOURNAL, *, fallback: logging.Handler) -> None:
        super().__init__()
        self._fallback = fallback
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            self._socket.send(_datagram(_fields(record)))
        except (OSError, ValueError):  # the journal restarts, or the record is longer than a datagram
            self._fallback.handle(record)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        super().close()


def set_up(*, level: LogLevel, style: LogFormat, environ: Mapping[str, str] = os.environ) -> None:
    """Send this process's log lines where they belong.

    Args:
        level: The least important that are kept.
        style: `json` always means standard error; `text` the journal, where standard error is connected to it.
        environ: Environment variables.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    form = "%(levelname)s %(name)s: %(message)s"
    if style == "json":
        handler.setFormatter(JsonFormatter())
    elif is_journal(environ):
        handler.setFormatter(PriorityFormatter(form))
        handler = _journal_or(handler)
    else:
        handler.setFormatter(logging.Formatter(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def last_words(text: str) -> None:
    """Say on standard error why the process ends: the journal knows whose lines these are after the process is gone.

    Of a datagram it asks the kernel who has sent it, which comes too late for the very last.
    """
    mark = _ERROR_MARK if is_journal() else ""
    for line in text.splitlines():
        sys.stderr.write(f"{mark}pose-edge: {line}\n")
    sys.stderr.flush()


def set_level(level: LogLevel) -> None:
    """Change the least important level that is kept."""
    logging.getLogger().setLevel(level.upper())


def is_journal(environ: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> bool:
    """Whether systemd has connected a stream to the journal.

    Args:
        environ: Environment variables; JOURNAL_STREAM holds device and inode.
        stream: What is asked about; None is standard error.
    """
    told = environ.get("JOURNAL_STREAM")
    if told is None:
        return False
    try:
        found = os.fstat((stream or sys.stderr).fileno())
    except (OSError, ValueError):
        return False
    return told == f"{found.st_dev}:{found.st_ino}"


def priority(level: int) -> int:
    """What syslog calls a level of `logging`, as a number."""
    return next((number for least, number in _PRIORITIES if level >= least), _DEBUG)


def _journal_or(handler: logging.Handler) -> logging.Handler:
    try:
        return JournalHandler(fallback=handler)
    except OSError:
        return handler


def _fields(record: logging.LogRecord) -> dict[str, str]:
    fields = {
        "MESSAGE": record.getMessage(),
        "PRIORITY": str(priority(record.levelno)),
        "SYSLOG_IDENTIFIER": _IDENTIFIER,
        "LOGGER": record.name,
        "THREAD_NAME": record.threadName or "",
        "CODE_FILE": record.pathname,
        "CODE_LINE": str(record.lineno),
        "CODE_FUNC": record.funcName or "",
    }
    if record.exc_info and record.exc_info[0] is not None:
        fields["TRACEBACK"] = "".join(traceback.format_exception(*record.exc_info))
        fields["MESSAGE"] += "\n" + fields["TRACEBACK"]
    return fields


def _datagram(fields: Mapping[str, str]) -> bytes:
    """`NAME=value` lines; a value of several lines goes with its length in front instead."""
    parts = []
    for name, text in fields.items():
        value = text.encode(errors="replace")
        if b"\n" in value:
            parts.append(name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n")
        else:
            parts.append(name.encode() + b"=" + value + b"\n")
    return b"".join(parts)
