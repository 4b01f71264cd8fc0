"""Values written as TOML, for `config show`, the documents, and error lines."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_DEEPEST: Final = 6
"""Levels of lists written out; a privacy mask has three. Deeper ones come from a wrong file, and only to be shown."""
_WIDEST_INT: Final = 64
"""Bits; TOML promises no more, and Python refuses to write out numbers of some thousand digits."""
_LAST_OF_BMP: Final = 0xFFFF


def toml_value(value: object, *, depth: int = 0) -> str:
    """Write a value as TOML. What TOML cannot hold (lone surrogates) is escaped, so that it can at least be shown."""
    if isinstance(value, list | tuple | Mapping) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item, depth=depth + 1) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{toml_key(str(key))} = {toml_value(item, depth=depth + 1)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Path):
        return _quoted(str(value))
    if isinstance(value, int) and value.bit_length() > _WIDEST_INT:
        return f"a number of {value.bit_length()} bits"
    return str(value)


def toml_key(key: str) -> str:
    """Write one part of a key, in quotes if it must be."""
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def on_one_line(text: str) -> str:
    """Escape what would break a line or a terminal: control characters, lone surrogates."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _quoted(text: str) -> str:
    return f'"{on_one_line(json.dumps(text, ensure_ascii=False)[1:-1])}"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= _LAST_OF_BMP else f"\\U{ord(char):08x}"
