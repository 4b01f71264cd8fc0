"""Root may read everything; tests of refusals are run as somebody who may not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_NOBODY: Final = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run the block as `nobody` if this is root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
