"""Where model bundles lie, and whether they are the pinned ones. Cheap to import: the daemon asks at every start."""

import hashlib
import logging
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from edge.detect.installed import read_record
from edge.detect.manifest import Model, Pin, Variant, load_manifest
from edge.errors import ModelError

logger = logging.getLogger(__name__)


def default_model_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for bundles: the service's own under systemd, the user's otherwise."""
    if state := environ.get("STATE_DIRECTORY"):
        # systemd lists all state directories of a unit, with colons.
        return Path(state.split(":", 1)[0], "models")
    data = environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data, "pose-edge", "models")


def bundle_path(model: str = "lite", *, masks: bool = False, model_dir: Path | None = None) -> Path:
    """Find the bundle to run, and make sure that it is the pinned one.

    Args:
        model: `lite`, `full` or `heavy`.
        masks: Whether segmentation masks will be asked for; only the stock bundle has them.
        model_dir: Where bundles lie, else the default folder.

    Returns:
        The slim bundle; the stock one for masks, and where the slim one was refused because it did not give the same.

    Raises:
        ModelError: It is missing, unreadable or damaged; the text names the file, both hashes and the remedy.
        ConfigError: There is no such model.
    """
    known = load_manifest().model(model)
    folder = model_dir or default_model_dir()
    variant: Variant = "stock" if masks else "slim"
    path = path_of(known.name, variant, folder)
    if variant == "slim" and not path.exists() and (refused := _refusal(known, folder)):
        logger.warning("%s: running the stock bundle, slower: the slim one was refused (%s)", known.name, refused)
        variant, path = "stock", path_of(known.name, "stock", folder)
    check_bundle(path, known.pin(variant), remedy=fetch_command(known.name, folder))
    return path


def path_of(model: str, variant: Variant, folder: Path) -> Path:
    """The file of a bundle."""
    return folder / (f"{model}.task" if variant == "stock" else f"{model}-slim.task")


def check_bundle(path: Path, pin: Pin, *, remedy: str) -> None:
    """Make sure that a file is the pinned one, byte for byte.

    Args:
        path: The file.
        pin: What it has to be.
        remedy: The command that brings it back.

    Raises:
        ModelError: It is not; the text ends with the remedy.
    """
    try:
        actual = sha256_of(path)
        size = path.stat().st_size
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such model bundle: {remedy}") from None
    except OSError as error:
        raise ModelError(f"{path}: the model bundle cannot be read ({error.strerror}): {remedy}") from error
    if size == 0:
        raise ModelError(f"{path}: the model bundle is empty (expected sha256 {pin.sha256}): {remedy}")
    if actual != pin.sha256:
        raise ModelError(
            f"{path}: the model bundle is not the pinned one: sha256 {actual}, {size} bytes, "
            f"instead of {pin.sha256}, {pin.size} bytes: {remedy}"
        )


def fetch_command(model: str, folder: Path) -> str:
    """The command with which a person in a shell fetches a model into a folder."""
    command = f"pose-edge models fetch {model}"
    # systemd's folder is the default for the service alone: a shell has to name it.
    if "STATE_DIRECTORY" not in os.environ and folder == default_model_dir():
        return command
    return f"{command} --model-dir {shlex.quote(str(folder))}"


def sha256_of(path: Path) -> str:
    """The file's hash, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(model: Model, folder: Path) -> str | None:
    entry = read_record(folder).get(model.name)
    return entry.refused if entry else None
