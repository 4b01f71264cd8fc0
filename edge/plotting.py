"""What every `--plot` needs before it can draw."""

import importlib.util
from pathlib import Path

from edge.errors import ConfigError, OutputError


def check_plot(target: Path) -> None:
    """Make sure before a long run that a plot can be drawn at its end.

    Raises:
        ConfigError: The library is not installed, or the name does not end in `.png`.
        OutputError: There is no such folder.
    """
    if target.suffix.lower() != ".png":
        raise ConfigError(f"--plot {target}: the name has to end in .png")
    if not target.resolve().parent.is_dir():
        raise OutputError(f"--plot {target}: there is no such folder")
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigError(
            "--plot: matplotlib is not installed: pip install --no-deps --require-hashes -r requirements/bench.lock "
            "(or: make bench)"
        )
