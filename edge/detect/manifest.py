"""The manifest of the models: which there are, the exact bytes of parts and bundles, and where the parts come from.

In a checkout it is `models/manifest.toml`; an installed package carries it beside this file.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, Self

from edge.errors import ConfigError

FILE_NAME: Final = "manifest.toml"
_IN_CHECKOUT: Final = Path(__file__).resolve().parents[2] / "models" / FILE_NAME

SourceKind = Literal["http", "npm", "pip"]
Variant = Literal["stock", "slim"]


@dataclass(frozen=True, slots=True)
class Pin:
    """The exact bytes of a file.

    Attributes:
        sha256: Their hash, in lower-case hexadecimal.
        size: Their number.
    """

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """A file from outside.

    Attributes:
        file: Its name in our messages and on mirrors.
        pin: Its bytes.
        members: Its name within each source that has it, by the source's name.
    """

    file: str
    pin: Pin
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A place that parts come from.

    Attributes:
        name: Its name in our messages and in `Part.members`.
        kind: How it is asked.
        url: `http`: the address that members stand below, with a slash at its end.
        package: `npm` and `pip`: package and version, as the client takes them.
        python: `pip`: the Python version whose wheel is asked for.
        platform: `pip`: the platform whose wheel is asked for.
        last_resort: Whether its use is worth a remark.
    """

    name: str
    kind: SourceKind
    url: str = ""
    package: str = ""
    python: str = ""
    platform: str = ""
    last_resort: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A model that pose-edge can run.

    Attributes:
        name: `lite`, `full`, `heavy`.
        licence: Licence of the networks, as an SPDX identifier.
        detectors: Parts of which one is needed: the person detector.
        landmarks: Parts of which one is needed: the landmark network.
        stock: The bundle with everything in it.
        slim: The bundle without the mask head.
    """

    name: str
    licence: str
    detectors: tuple[Part, ...]
    landmarks: tuple[Part, ...]
    stock: Pin
    slim: Pin

    def pin(self, variant: Variant) -> Pin:
        """The bytes of one of its bundles."""
        return self.stock if variant == "stock" else self.slim

    @property
    def bundle(self) -> Part:
        """The stock bundle as something that another box or a mirror may already have."""
        return Part(file=f"{self.name}.task", pin=self.stock, members={})


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models and sources.

    Attributes:
        sources: In the order in which they are tried.
        models: By name, smallest first.
    """

    sources: tuple[Source, ...]
    models: Mapping[str, Model]

    def model(self, name: str) -> Model:
        """Look up a model.

        Raises:
            ConfigError: There is none of this name.
        """
        if name not in self.models:
            raise ConfigError(f'There is no model "{name}": choose one of {", ".join(self.models)}')
        return self.models[name]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a manifest's TOML; its text is ours, so a mistake in it is a defect and keeps its traceback."""
        tree = tomllib.loads(text)
        alternatives: dict[str, list[Part]] = {}
        for name, entry in tree["parts"].items():
            part = Part(file=entry["file"], pin=Pin(entry["sha256"], entry["size"]), members=entry["members"])
            alternatives.setdefault(entry.get("stands_for", name), []).append(part)
        return cls(
            sources=tuple(Source(**entry) for entry in tree["sources"]),
            models={name: _model(name, entry, alternatives) for name, entry in tree["models"].items()},
        )


def _model(name: str, entry: Mapping[str, Any], alternatives: Mapping[str, list[Part]]) -> Model:
    return Model(
        name=name,
        licence=entry["licence"],
        detectors=tuple(alternatives[entry["detector"]]),
        landmarks=tuple(alternatives[entry["landmarks"]]),
        stock=Pin(**entry["stock"]),
        slim=Pin(**entry["slim"]),
    )


@functools.cache
def load_manifest() -> Manifest:
    """The manifest of this installation."""
    installed = resources.files("edge.detect").joinpath(FILE_NAME)
    found = installed if installed.is_file() else _IN_CHECKOUT
    return Manifest.parse(found.read_text(encoding="utf-8"))
