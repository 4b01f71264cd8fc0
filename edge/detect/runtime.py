"""Loads the few parts of MediaPipe that find poses, with its telemetry cut off.

`import mediapipe` as it comes runs package `__init__` files that pull in every task, matplotlib and sounddevice (which
runs `gcc` to look for PortAudio): 1.1 s and 97 MB. Entering bare packages for those `__init__` files in `sys.modules`
leaves 0.04 s and 28 MB, with the same landmarks to the bit.
"""

import importlib
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from edge.detect.preflight import check_processor, installed_version
from edge.errors import ModelError

logger = logging.getLogger(__name__)

NO_PROXY_TO_ANYWHERE: Final = "disabled://telemetry"
"""A proxy of a kind that libcurl does not know: it gives up before any look-up, socket or packet.

MediaPipe 1.x sends usage figures through libcurl about once a minute and when a task closes; no option turns that off.
"""

_BARE_PACKAGES: Final = ("mediapipe", "mediapipe.tasks", "mediapipe.tasks.python", "mediapipe.tasks.python.vision")
_BARE_PACKAGES_0_10: Final = (*_BARE_PACKAGES, "mediapipe.python", "mediapipe.tasks.python.components")


@dataclass(frozen=True, slots=True)
class Runtime:
    """The classes of the loaded library; the same names in both generations.

    `has_c_library` tells whether its functions can be called without its Python layer: from 1.0 on.
    """

    version: str
    landmarker: Any
    options: Any
    base_options: Any
    running_mode: Any
    image: Callable[..., Any]
    srgb: Any
    has_c_library: bool


_loaded: Runtime | None = None


def cut_telemetry(environ: MutableMapping[str, str]) -> None:
    """Make every request through libcurl's proxy variables fail at once; must run before the library is loaded.

    Proxy exceptions are emptied too: a `no_proxy=*` of the system would let the requests through.
    """
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        environ[name] = NO_PROXY_TO_ANYWHERE
    for name in ("no_proxy", "NO_PROXY"):
        environ[name] = ""


def load() -> Runtime:
    """Load MediaPipe's pose landmarker once per process.

    Raises:
        ProcessorError: This processor cannot run the installed version, or none is installed.
        ModelError: A system library that MediaPipe needs is missing.
    """
    global _loaded  # noqa: PLW0603 - the shared library can be loaded once per process only
    if _loaded is None:
        version = installed_version()
        check_processor(version)
        cut_telemetry(os.environ)
        _enter_bare_packages(_BARE_PACKAGES if _generation(version) >= 1 else _BARE_PACKAGES_0_10)
        try:
            _loaded = _import_classes(version)
        except OSError as error:
            raise ModelError(
                f"MediaPipe {version} cannot be loaded ({error}): sudo apt install libegl1 libgles2"
            ) from error
    return _loaded


def _generation(version: str) -> int:
    return int(version.split(".", 1)[0])


def _enter_bare_packages(names: tuple[str, ...]) -> None:
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("MediaPipe's package folder is missing: install the lock file again")
    root = Path(next(iter(spec.submodule_search_locations)))
    for name in names:
        if name in sys.modules:
            continue
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        package.__spec__ = importlib.util.spec_from_loader(name, loader=None, is_package=True)
        sys.modules[name] = package


def _import_classes(version: str) -> Runtime:
    with warnings.catch_warnings():
        # protobuf 4 registers its types without __module__, which newer Pythons deprecate.
        warnings.simplefilter("ignore", DeprecationWarning)
        landmarker = importlib.import_module("mediapipe.tasks.python.vision.pose_landmarker")
        base_options = importlib.import_module("mediapipe.tasks.python.core.base_options")
        mode = importlib.import_module("mediapipe.tasks.python.vision.core.vision_task_running_mode")
        if _generation(version) >= 1:
            image = importlib.import_module("mediapipe.tasks.python.vision.core.image")
            image_class, image_format = image.Image, image.ImageFormat
            _load_shared_library()
        else:
            bindings = importlib.import_module("mediapipe.python._framework_bindings.image")
            frames = importlib.import_module("mediapipe.python._framework_bindings.image_frame")
            image_class, image_format = bindings.Image, frames.ImageFormat
    return Runtime(
        version=version,
        landmarker=landmarker.PoseLandmarker,
        options=landmarker.PoseLandmarkerOptions,
        base_options=base_options.BaseOptions,
        running_mode=mode.VisionTaskRunningMode,
        image=image_class,
        srgb=image_format.SRGB,
        has_c_library=_generation(version) >= 1,
    )


def _load_shared_library() -> None:
    # Now rather than at the first landmarker, so that a missing system library is told apart from a bad model.
    importlib.import_module("mediapipe.tasks.python.core.mediapipe_c_bindings").load_raw_library()
