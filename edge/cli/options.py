"""Options that several commands share."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config import Config


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    parser.add_argument(
        "--config",
        metavar="F",
        type=Path,
        help="configuration file (default: /etc/pose-edge/pose-edge.toml if it exists, else built-in defaults)",
    )


def add_box(parser: argparse.ArgumentParser) -> None:
    """Add what makes a daemon a particular box: `--source` and `--device`."""
    parser.add_argument(
        "--source",
        metavar="SOURCE",
        help="picamera, studio[:SCENE], file:PATH, v4l2:N or rtsp://… instead of the configured source",
    )
    parser.add_argument("--device", metavar="ID", help="device id instead of the configured one: names the topics")


def load_config(args: argparse.Namespace, overrides: Mapping[str, object]) -> "Config":
    """Read the configuration with this command's overrides on top.

    Raises:
        ConfigError: With every problem, one a line.
    """
    from edge.config import load  # noqa: PLC0415 - pydantic costs more than all other imports of the command line

    return load(args.config, environ=os.environ, overrides=overrides)
