"""Writes a dictionary as the TOML that pose-edge reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_pose_edge_toml(document):
    """One table after the other; lists of tables, such as zones, last. What is None is left out."""
    lines = []
    for name, table in sorted(document.items()):
        if isinstance(table, Mapping):
            lines += [f"[{key(name)}]", *keys(table, name), ""]
    for name, tables in sorted(document.items()):
        if isinstance(tables, list):
            for table in tables:
                if not isinstance(table, Mapping):
                    raise AnsibleFilterError(f"{name}: a list of tables is needed, got {table!r}")
                lines += [f"[[{key(name)}]]", *keys(table, name), ""]
        elif not isinstance(tables, Mapping):
            raise AnsibleFilterError(f"{name}: keys stand in tables, such as device.id; got {tables!r}")
    return "\n".join(lines)


def keys(table, path):
    return [f"{key(name)} = {value(item, f'{path}.{name}')}" for name, item in table.items() if item is not None]


def key(name):
    return name if BARE_KEY.fullmatch(str(name)) else json.dumps(str(name))


def value(item, path):
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, (int, float)):
        return repr(item)
    if isinstance(item, str):
        return json.dumps(str(item), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(item, (list, tuple)):
        return "[" + ", ".join(value(each, path) for each in item) + "]"
    if isinstance(item, Mapping):
        return "{" + ", ".join(f"{key(name)} = {value(each, path)}" for name, each in item.items()) + "}"
    raise AnsibleFilterError(f"{path}: {type(item).__name__} cannot be written as TOML")


class FilterModule:
    """What Ansible looks for."""

    def filters(self):
        return {"to_pose_edge_toml": to_pose_edge_toml}
