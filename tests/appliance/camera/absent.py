"""Stands in for what picamera2 imports and uses only for previews on a screen (pykms) and raw files (pidng)."""

from unittest.mock import MagicMock


def __getattr__(name: str) -> MagicMock:
    if name.startswith("__"):
        raise AttributeError(name)
    return MagicMock(name=name)
