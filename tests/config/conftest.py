"""Loading a configuration from the text of a file, and the lines of what is wrong with it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from edge.config import Config, load
from edge.errors import ConfigError

Load = Callable[..., Config]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    def load_(
        text: str = "", *, environ: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
    ) -> Config:
        file = tmp_path / "box.toml"
        file.write_text(text, encoding="utf-8")
        return load(file, environ=environ or {}, overrides=overrides or {})

    return load_


@pytest.fixture
def mistakes(load_text: Load, tmp_path: Path) -> Mistakes:
    """The error's lines, with FILE for the file's path."""

    def mistakes_(
        text: str = "", *, environ: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
    ) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_text(text, environ=environ, overrides=overrides)
        return str(caught.value).replace(str(tmp_path / "box.toml"), "FILE").splitlines()

    return mistakes_
