"""Gets models onto this box: parts from the first source that has them, bundles made from them, the slim one proven."""

import fcntl
import hashlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edge.detect.bundles import check_bundle, fetch_command, path_of
from edge.detect.download import Downloader, UnavailableError
from edge.detect.installed import Entry, Proof, read_record, replace_file, write_record
from edge.detect.manifest import Manifest, Model, Variant, load_manifest
from edge.detect.preflight import installed_version
from edge.detect.progress import Progress
from edge.detect.shelf import Shelf
from edge.detect.sources import Supplier, supplier_for, suppliers
from edge.detect.task import assemble, slim_of
from edge.errors import ModelError, OutputError

LOCK_NAME: Final = ".lock"
SCRATCH_PREFIX: Final = ".fetch-"

Prover = Callable[[Path, Path], Proof]
"""Compares a stock with a slim bundle."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `fetch` did for a model.

    Attributes:
        model: Its name.
        fetched: Whether it came from a source rather than being in place.
        entry: Its line in the record.
    """

    model: str
    fetched: bool
    entry: Entry


class Fetcher:
    """Brings models into a folder.

    Args:
        model_dir: The folder; made if it is not there.
        prove: Compares stock and slim bundle.
        progress: Told of every step.
        origin: A path or address of the user that is asked before the manifest's sources.
        downloader: Does what goes over HTTP.
        manifest: What is known of models.
    """

    def __init__(
        self,
        *,
        model_dir: Path,
        prove: Prover,
        progress: Progress,
        origin: str | None = None,
        downloader: Downloader | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self._folder = model_dir
        self._prove = prove
        self._progress = progress
        self._origin = origin
        self._downloader = downloader or Downloader()
        self._manifest = manifest or load_manifest()

    def fetch(self, names: Sequence[str], *, force: bool = False) -> list[Outcome]:
        """Install models, each as a stock and a slim bundle; what is in place and proven is left alone.

        Args:
            names: The models.
            force: Make and prove them anew even so.

        Raises:
            ModelError: No source could supply a model, or a slim bundle does not find the same as its stock bundle. The
                stock bundle stays then, and `bundle_path` gives it.
            ConfigError: There is no such model.
            OutputError: The folder cannot be written to.
            ProcessorError: The installed MediaPipe cannot run here, so that nothing can be proven.
        """
        models = [self._manifest.model(name) for name in dict.fromkeys(names)]
        with _scratch_in(self._folder, self._progress) as scratch:
            # All downloads first: loading MediaPipe for a proof cuts this process off from HTTPS proxies.
            labels = {model.name: self._make(model, scratch, force=force) for model in models}
            outcomes = [self._settle(model, labels[model.name], scratch, force=force) for model in models]
        if refused := [outcome for outcome in outcomes if outcome.entry.refused]:
            reasons = "; ".join(f"{outcome.model}: {outcome.entry.refused}" for outcome in refused)
            raise ModelError(
                f"The slim bundle was refused ({reasons}): the stock bundle is in place and will be run instead; "
                "please report this"
            )
        return outcomes

    def _make(self, model: Model, scratch: Path, *, force: bool) -> str | None:
        """Install the stock bundle and leave the slim one in `scratch`, each unless it is in place.

        Returns:
            The label of the source, None if nothing had to be fetched.
        """
        label = None
        if not force and self._intact(model, "stock"):
            if self._intact(model, "slim"):
                return None
            stock = path_of(model.name, "stock", self._folder).read_bytes()
            slim = slim_of(stock)
        else:
            shelf = Shelf(scratch / "shelf")
            label = self._gather(model, shelf, scratch)
            stock, slim = _bundles(model, shelf)
            replace_file(path_of(model.name, "stock", self._folder), stock)
        path_of(model.name, "slim", scratch).write_bytes(slim)
        return label

    def _intact(self, model: Model, variant: Variant) -> bool:
        try:
            check_bundle(path_of(model.name, variant, self._folder), model.pin(variant), remedy="")
        except ModelError:
            return False
        return True

    def _gather(self, model: Model, shelf: Shelf, scratch: Path) -> str:
        asked: list[tuple[Supplier, bool]] = []
        if self._origin is not None:
            asked.append((supplier_for(self._origin, self._downloader), False))
        known = suppliers(self._manifest.sources, scratch, self._downloader)
        asked += [
            (supplier, source.last_resort) for supplier, source in zip(known, self._manifest.sources, strict=True)
        ]
        used: list[str] = []
        failures: list[str] = []
        for supplier, last_resort in asked:
            before = shelf.missing(model)
            try:
                supplier.supply(model, shelf, self._progress)
            except UnavailableError as error:
                failures.append(f"{supplier.label}: {error}")
                self._progress.say(f"{model.name}: not from {supplier.label}: {error}")
            if shelf.missing(model) != before:
                used.append(supplier.label)
                if last_resort:
                    self._progress.say(f"{model.name}: taken from the last resort, {supplier.label}")
            if not shelf.missing(model):
                return " and ".join(used)
        wanted = " and ".join(slot[0].file for slot in shelf.missing(model))
        raise ModelError(
            f"{model.name}: no source could supply {wanted} ({'; '.join(failures)}): copy {wanted}, or "
            f"{model.bundle.file} of another box, here by hand and run "
            f"{fetch_command(model.name, self._folder)} --from THE_FOLDER"
        )

    def _settle(self, model: Model, label: str | None, scratch: Path, *, force: bool) -> Outcome:
        """Prove and install the slim bundle if need be, and write down what came of it."""
        stock, slim = (path_of(model.name, variant, self._folder) for variant in ("stock", "slim"))
        record = read_record(self._folder)
        before = record.get(model.name)
        entry = Entry(
            source=label or (before.source if before else "unknown"),
            stock_sha256=model.stock.sha256,
            slim_sha256=model.slim.sha256,
            proof=before.proof if before else None,
        )
        made = path_of(model.name, "slim", scratch)
        if force or made.exists() or not _holds_here(entry.proof):
            proof = self._prove(stock, made if made.exists() else slim)
            entry = replace(entry, proof=proof, refused=proof.objection)
            if proof.objection:
                slim.unlink(missing_ok=True)
            elif made.exists():
                replace_file(slim, made.read_bytes())
            write_record(self._folder, {**record, model.name: entry})
        return Outcome(model=model.name, fetched=label is not None, entry=entry)


def _holds_here(proof: Proof | None) -> bool:
    if proof is None or proof.objection:
        return False
    return (proof.mediapipe, proof.machine) == (installed_version(), platform.machine())


def _bundles(model: Model, shelf: Shelf) -> tuple[bytes, bytes]:
    if shelf.has(model.bundle):
        stock = shelf.read(model.bundle)
        slim = slim_of(stock)
    else:
        detector, landmarks = (
            next(shelf.read(part) for part in slot if shelf.has(part)) for slot in (model.detectors, model.landmarks)
        )
        stock, slim = assemble(detector=detector, landmarks=landmarks)
    for content, pin in ((stock, model.stock), (slim, model.slim)):
        actual = hashlib.sha256(content).hexdigest()
        if actual != pin.sha256:
            raise AssertionError(f"{model.name} was assembled to {actual}, not to the pinned {pin.sha256}")
    return stock, slim


@contextmanager
def _scratch_in(folder: Path, progress: Progress) -> Iterator[Path]:
    """A folder for half-made things within `folder`, which no other fetch uses meanwhile; gone afterwards."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK_NAME).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.say(f"another fetch is at work in {folder}: waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            _sweep(folder)
            with tempfile.TemporaryDirectory(prefix=SCRATCH_PREFIX, dir=folder) as scratch:
                yield Path(scratch)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{folder}: models cannot be written there ({reason}): make room, name another folder with --model-dir, or "
            "run as the user who owns it"
        ) from error


def _sweep(folder: Path) -> None:
    """Remove what a killed fetch left behind."""
    for left in folder.glob(f"{SCRATCH_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(".*.new"):
        left.unlink(missing_ok=True)
