"""The configuration in force, with where each value comes from, for people (TOML) and programs (JSON)."""

import json
from pathlib import Path
from typing import Any

from edge.config.keys import KEYS, LISTS, TABLES, Key
from edge.config.loading import Resolved
from edge.config.problems import public
from edge.config.toml import toml_value


def as_toml(resolved: Resolved) -> str:
    """Write a file that has the same effect, each value's origin behind it. Secrets are masked."""
    lines = []
    for table in TABLES:
        lines += [f"[{table}]", *(_line(key, resolved) for key in KEYS.values() if key.table == table), ""]
    for name in LISTS:
        for entry in _entries(name, resolved):
            header = f"[[{name}]]  # {resolved.origins[name]}"
            lines += [header, *(f"{key} = {toml_value(value)}" for key, value in entry.items()), ""]
    return "\n".join(lines)


def as_json(resolved: Resolved) -> str:
    """Write one object: `file`, `config` (by table and key, null where nothing is set), `origins` (by dotted key)."""
    config: dict[str, dict[str, Any]] = {table: {} for table in TABLES}
    for key in KEYS.values():
        value = _value(key, resolved)
        config[key.table][key.name] = str(value) if isinstance(value, Path) else value
    lists = {name: _entries(name, resolved) for name in LISTS}
    file = None if resolved.file is None else str(resolved.file)
    return json.dumps({"file": file, "config": config | lists, "origins": dict(resolved.origins)}, indent=2) + "\n"


def _line(key: Key, resolved: Resolved) -> str:
    value = _value(key, resolved)
    if value is None:
        return f"# {key.name} is not set"
    return f"{key.name} = {toml_value(value)}  # {resolved.origins[key.path]}"


def _entries(name: str, resolved: Resolved) -> list[dict[str, Any]]:
    return [entry.model_dump(exclude_none=True) for entry in getattr(resolved.config, name)]


def _value(key: Key, resolved: Resolved) -> Any:  # noqa: ANN401 - whatever a key holds
    return public(getattr(getattr(resolved.config, key.table), key.name), key)
