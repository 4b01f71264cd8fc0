"""The configuration: one TOML file, variables and options over it, typed, bounded and documented."""

from edge.config.loading import DEFAULT_PATH, Resolved, load, resolve
from edge.config.tables import Config

__all__ = ["DEFAULT_PATH", "Config", "Resolved", "load", "resolve"]
