"""Keeps MediaPipe's C++ chatter out of the log.

While a landmarker is made and sees its first person, MediaPipe writes lines such as "Feedback manager requires a model
with a single signature inference" to standard error. They tell an operator nothing, and no option or variable turns
them off: they are written before its logging reads any.
"""

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

logger = logging.getLogger(__name__)

_STDERR: Final = 2
_CHATTER: Final = re.compile(
    r"[IWE]\d{4} \d\d:\d\d:"  # a line of its logging library
    r"|(INFO|WARNING): "  # of TensorFlow Lite, or about logging itself
    r"|Stack trace:$|\s+@ "  # what follows an error that Python gets as an exception anyway
)
_one_at_a_time = threading.RLock()


@contextmanager
def quiet_native_output() -> Iterator[None]:
    """Hold back what native code writes to standard error; on leaving, log chatter at debug and pass on the rest.

    Lines of other threads are delayed to the end of the block, not lost. Blocks should be short: the last words of a
    crash inside one are not seen.
    """
    with _one_at_a_time:
        kept = os.dup(_STDERR)
        held = os.memfd_create("held-stderr")
        os.dup2(held, _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            with os.fdopen(held, "r", encoding="utf-8", errors="replace") as lines:
                lines.seek(0)
                for line in lines:
                    if _CHATTER.match(line):
                        logger.debug("MediaPipe: %s", line.rstrip())
                    else:
                        os.write(_STDERR, line.encode())
