"""The record beside the bundles: where each model came from, and with which MediaPipe its slim bundle was proven.

It is a note, not an authority: what a bundle has to be stands in the manifest. A record that is missing or damaged
costs no more than another proof.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger(__name__)

RECORD_NAME: Final = "installed.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of running the stock and the slim bundle over the same frames.

    Attributes:
        mediapipe: MediaPipe's version.
        machine: The processor's architecture, e.g. `aarch64`.
        frames: Frames seen by both.
        with_pose: Frames in which the stock bundle found somebody.
        different: Frames whose landmarks or world landmarks are not the same to the bit.
        max_difference: Largest difference of a coordinate (normalised, or metres) or score over all frames in which
            both found equally many people.
    """

    mediapipe: str
    machine: str
    frames: int
    with_pose: int
    different: int
    max_difference: float

    @property
    def objection(self) -> str | None:
        """Why the slim bundle must not be used, or None."""
        if self.different:
            return (
                f"{self.different} of {self.frames} frames differ from stock by up to {self.max_difference:.3g} "
                f"with mediapipe {self.mediapipe} on {self.machine}"
            )
        if self.frames == 0 or self.with_pose < self.frames * MIN_SHARE_WITH_POSE:
            return f"the proof is empty: a person was found in only {self.with_pose} of {self.frames} frames"
        return None


MIN_SHARE_WITH_POSE: Final = 0.5
"""Two landmarkers that find nobody agree as well: at least this share of frames has to hold a pose."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model's line in the record.

    Attributes:
        source: Where its parts came from.
        stock_sha256: Hash of the stock bundle when it was installed.
        slim_sha256: Hash of the slim bundle.
        proof: The last proof of the slim bundle, None while there is none.
        refused: Why the slim bundle was refused, None if it was not.
    """

    source: str
    stock_sha256: str
    slim_sha256: str
    proof: Proof | None = None
    refused: str | None = None


def read_record(folder: Path) -> dict[str, Entry]:
    """The entries by model name; empty when there is no usable record."""
    path = folder / RECORD_NAME
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        return {name: _entry(values) for name, values in tree["models"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s: ignored, it cannot be read (%s)", path, error)
        return {}


def write_record(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Replace the record, all or nothing."""
    tree = {"format": _FORMAT, "models": {name: asdict(entry) for name, entry in sorted(entries.items())}}
    replace_file(folder / RECORD_NAME, (json.dumps(tree, indent=2) + "\n").encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that, whatever happens, either the old or the whole new one is there; readable by everyone."""
    scratch = path.with_name(f".{path.name}.new")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _entry(values: Mapping[str, Any]) -> Entry:
    proof = values["proof"]
    return Entry(**{**values, "proof": Proof(**proof) if proof else None})
