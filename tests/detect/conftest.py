import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mirror import Mirror
from support.models import Parts, download_package, installed_models

from edge.detect.manifest import load_manifest
from edge.detect.progress import Silence
from edge.detect.shelf import Shelf
from edge.detect.sources import LocalSupplier


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = tmp_path_factory.mktemp("parts")
    package = download_package(folder)
    shelf = Shelf(folder / "shelf")
    for model in load_manifest().models.values():
        LocalSupplier(package).supply(model, shelf, Silence())
    return Parts(package=package, shelf=shelf)


@pytest.fixture(scope="session")
def models() -> Path:
    return installed_models()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, without what systemd or the desktop would say of folders."""
    for name in ("STATE_DIRECTORY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(os.environ, "HOME", str(tmp_path))
    return tmp_path
