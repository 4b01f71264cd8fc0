"""The places that parts come from: an HTTP folder, the npm and pip clients, and what the user has at hand."""

import errno
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from edge.detect.download import Downloader, UnavailableError, environ_for_downloads
from edge.detect.manifest import Model, Part, Source
from edge.detect.progress import Progress
from edge.detect.shelf import Shelf

CLIENT_TIMEOUT_S: Final = 1800
"""How long npm or pip may take: 41 MB at 25 kB/s."""
_COMPLAINT_LENGTH: Final = 300
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_ARCHIVE_ERRORS: Final = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, NotImplementedError)


class Supplier(ABC):
    """A source that can be asked for a model's parts."""

    label: str
    """What the record and the messages call it."""

    @abstractmethod
    def supply(self, model: Model, shelf: Shelf, progress: Progress) -> None:
        """Put the parts that the shelf lacks for a model onto it.

        Raises:
            UnavailableError: Not all of them are to be had here.
        """


class HttpSupplier(Supplier):
    """A folder on a web server, with the manifest's names in it."""

    def __init__(self, source: Source, downloader: Downloader) -> None:
        self.label = source.name
        self._source = source
        self._downloader = downloader

    def supply(self, model: Model, shelf: Shelf, progress: Progress) -> None:
        """See `Supplier`."""
        for part in _offered(self._source, model, shelf):
            url = self._source.url + part.members[self._source.name]
            self._downloader.download(url, part, shelf.scratch(part), progress)
            shelf.accept(part)


class MirrorSupplier(Supplier):
    """A folder on the user's own web server, with bundles or parts under the manifest's file names.

    Args:
        url: The folder, or a stock bundle in it.
        downloader: Does the work.
    """

    def __init__(self, url: str, downloader: Downloader) -> None:
        self.label = url
        self._downloader = downloader

    def supply(self, model: Model, shelf: Shelf, progress: Progress) -> None:
        """See `Supplier`."""
        if self.label.endswith(".task"):
            self._download(self.label, model.bundle, shelf, progress)
            return
        folder = self.label.rstrip("/") + "/"
        try:
            self._download(folder + model.bundle.file, model.bundle, shelf, progress)
        except UnavailableError as error:
            progress.say(f"{self.label}: {error}; looking for its parts there")
            for slot in shelf.missing(model):
                self._download(folder + slot[0].file, slot[0], shelf, progress)

    def _download(self, url: str, part: Part, shelf: Shelf, progress: Progress) -> None:
        self._downloader.download(url, part, shelf.scratch(part), progress)
        shelf.accept(part)


class PackageSupplier(Supplier):
    """A package of a registry, fetched once with the registry's own client.

    Args:
        source: Of kind `npm` or `pip`.
        folder: Where the package may lie while it is needed.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self.label = f"{source.name} {source.package}"
        self._source = source
        self._folder = folder / f"package-{source.name}"
        self._archive: Path | None = None

    def supply(self, model: Model, shelf: Shelf, progress: Progress) -> None:
        """See `Supplier`."""
        wanted = {part.members[self._source.name]: part for part in _offered(self._source, model, shelf)}
        if self._archive is None:
            command = _npm_command if self._source.kind == "npm" else _pip_command
            self._archive = _run_client(command(self._source, self._folder), self._folder, self.label, progress)
        with _candidates(self._archive) as candidates:
            for candidate in candidates:
                if part := wanted.pop(candidate.name, None):
                    shelf.take(part, candidate.open)
        if wanted:
            raise UnavailableError(f"there is no {next(iter(wanted))} in it")


class LocalSupplier(Supplier):
    """A file or folder of the user: a bundle, parts, or an archive of them, known by content rather than by name.

    Args:
        path: A folder, a `.task` or `.tflite` file, an npm package, a wheel or another tar or zip file.
    """

    def __init__(self, path: Path) -> None:
        self.label = str(path)
        self._path = path

    def supply(self, model: Model, shelf: Shelf, progress: Progress) -> None:
        """See `Supplier`."""
        if not self._path.exists():
            raise UnavailableError("there is no such file or folder")
        near_misses: list[str] = []
        with _candidates(self._path) as candidates:
            for candidate in candidates:
                self._try(candidate, model, shelf, near_misses)
        if missing := shelf.missing(model):
            names = " and ".join(slot[0].file for slot in missing)
            raise UnavailableError("; ".join([f"it holds no {model.bundle.file} nor {names}", *near_misses]))
        progress.say(f"{self.label}: holds what {model.name} needs")

    def _try(self, candidate: "_Candidate", model: Model, shelf: Shelf, near_misses: list[str]) -> None:
        for part in (model.bundle, *model.detectors, *model.landmarks):
            same_name = PurePosixPath(candidate.name).name == part.file
            if shelf.has(part) or (candidate.size != part.pin.size and not same_name):
                continue
            try:
                shelf.take(part, candidate.open)
            except UnavailableError as error:
                if same_name:
                    near_misses.append(str(error))


def supplier_for(text: str, downloader: Downloader) -> Supplier:
    """What `--from` means: an address or a path."""
    if text.startswith(("http://", "https://")):
        return MirrorSupplier(text, downloader)
    return LocalSupplier(Path(text).expanduser())


def suppliers(sources: Sequence[Source], folder: Path, downloader: Downloader) -> list[Supplier]:
    """The manifest's sources, ready to be asked; packages lie in `folder`."""
    return [
        HttpSupplier(source, downloader) if source.kind == "http" else PackageSupplier(source, folder)
        for source in sources
    ]


def _offered(source: Source, model: Model, shelf: Shelf) -> list[Part]:
    """The parts to get from a source; it has to offer one for every part that is missing."""
    offered = []
    for slot in shelf.missing(model):
        parts = [part for part in slot if source.name in part.members]
        if not parts:
            raise UnavailableError(f"{slot[0].file} is not to be had there")
        offered.append(parts[0])
    return offered


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def _candidates(path: Path) -> Iterator[Iterator[_Candidate]]:
    """Everything in a folder or archive that could be a part."""
    try:
        if path.is_dir():
            yield (_file(entry) for entry in sorted(path.iterdir()) if entry.is_file())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _members_of_zip(path, archive)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                yield _members_of_tar(archive)
        else:
            yield iter([_file(path)])
    except _ARCHIVE_ERRORS as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        raise UnavailableError(f"it cannot be read ({error})") from error


def _file(path: Path) -> _Candidate:
    def open_it() -> IO[bytes]:
        return path.open("rb")

    return _Candidate(path.name, path.stat().st_size, open_it)


def _members_of_zip(path: Path, archive: zipfile.ZipFile) -> Iterator[_Candidate]:
    yield _file(path)  # a bundle is a zip itself
    for entry in archive.infolist():
        yield _Candidate(entry.filename, entry.file_size, partial(archive.open, entry))


def _members_of_tar(archive: tarfile.TarFile) -> Iterator[_Candidate]:
    for entry in archive:
        if entry.isfile():
            open_it = cast(Callable[[], IO[bytes]], partial(archive.extractfile, entry))
            yield _Candidate(entry.name, entry.size, open_it)


def _npm_command(source: Source, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed here")
    # A cache of its own: the service's user may have no home, and 41 MB would stay behind in it.
    options = ["--ignore-scripts", "--pack-destination", str(folder), "--cache", str(folder / "cache")]
    return [npm, "pack", source.package, *options]


def _pip_command(source: Source, folder: Path) -> list[str]:
    if importlib.util.find_spec("pip") is None:
        raise UnavailableError("pip is not installed here")
    wheel = ["--only-binary=:all:", "--implementation=cp", "--python-version", source.python]
    options = ["--no-deps", "--no-cache-dir", *wheel, "--platform", source.platform, "--dest", str(folder)]
    return [sys.executable, "-m", "pip", "download", *options, source.package]


def _run_client(command: Sequence[str], folder: Path, label: str, progress: Progress) -> Path:
    progress.say(f"{label}: downloading the package with {Path(command[0]).name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command,
            capture_output=True,
            check=False,
            cwd=folder,
            env=environ_for_downloads(),
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=CLIENT_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"the client was not done after {CLIENT_TIMEOUT_S} s") from None
    except OSError as error:
        raise UnavailableError(f"the client cannot be started ({error.strerror})") from error
    archives = [path for path in folder.iterdir() if path.suffix in {".tgz", ".whl"}]
    if done.returncode or len(archives) != 1:
        complaint = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise UnavailableError(f"the client says: {complaint[:_COMPLAINT_LENGTH]}")
    return archives[0]
