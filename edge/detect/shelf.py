"""Holds verified parts while bundles are made: nothing gets onto the shelf whose every byte was not checked."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from edge.detect.download import UnavailableError
from edge.detect.manifest import Model, Part

_CHUNK: Final = 1024 * 1024


class Shelf:
    """A folder of parts under their file names.

    Args:
        folder: A folder of its own; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def has(self, part: Part) -> bool:
        """Whether it is here."""
        return self._path(part).exists()

    def read(self, part: Part) -> bytes:
        """Its bytes."""
        return self._path(part).read_bytes()

    def missing(self, model: Model) -> list[tuple[Part, ...]]:
        """What a model lacks: tuples of parts of which one is needed. Nothing when its stock bundle is here."""
        if self.has(model.bundle):
            return []
        return [slot for slot in (model.detectors, model.landmarks) if not any(self.has(part) for part in slot)]

    def scratch(self, part: Part) -> Path:
        """Where a part may be written before it is accepted."""
        return self._folder / f"{part.file}.part"

    def accept(self, part: Part) -> None:
        """Put a part that was written and verified onto the shelf."""
        self.scratch(part).replace(self._path(part))

    def take(self, part: Part, open_it: Callable[[], IO[bytes]]) -> None:
        """Copy a part, verify it and put it onto the shelf.

        Raises:
            UnavailableError: It is not the pinned file.
        """
        scratch = self.scratch(part)
        digest = hashlib.sha256()
        size = 0
        with open_it() as source, scratch.open("wb") as target:
            # One byte more than pinned is enough to know, however large an archive says its member is.
            while chunk := source.read(min(_CHUNK, part.pin.size + 1 - size)):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        if (digest.hexdigest(), size) != (part.pin.sha256, part.pin.size):
            scratch.unlink()
            found = f"sha256 {digest.hexdigest()}, {size} bytes" if size <= part.pin.size else "larger"
            raise UnavailableError(f"{part.file}: {found} instead of {part.pin.sha256}, {part.pin.size} bytes")
        self.accept(part)

    def _path(self, part: Part) -> Path:
        return self._folder / part.file
