"""What ends the sleep of a thread that waits on the network."""

import os
import threading


class Wake:
    """Ends the wait of the thread that sleeps on the network; `set` may be called from anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fd: int | None = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._is_set = False

    def fileno(self) -> int:
        """For `select`; -1 once closed."""
        return -1 if self._fd is None else self._fd

    def set(self) -> None:
        """Wake the thread up; does nothing once closed, or when it is being woken already."""
        with self._lock:
            if self._fd is not None and not self._is_set:
                self._is_set = True
                os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Be ready for the next."""
        with self._lock:
            if self._fd is not None and self._is_set:
                self._is_set = False
                os.eventfd_read(self._fd)

    def close(self) -> None:
        """Release it; may be called more than once."""
        with self._lock:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None
