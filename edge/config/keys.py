"""Every key of the configuration as data, for whoever talks about keys: errors, comments, documents, the schema."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, get_args

from edge.config.forms import ALLOWED, HOLDS_CREDENTIALS
from edge.config.tables import Config, Table
from edge.config.toml import toml_value

VARIABLE_PREFIX: Final = "POSE_EDGE_"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one table.

    Attributes:
        table: The table's name.
        name: The key's name in the table.
        title: A few words.
        description: A sentence or two.
        allowed: What it takes, in words that finish the sentence "must be …".
        is_text: Whether it is written in quotes; a variable's value then needs none.
        is_secret: Whether the value must never be shown.
        holds_credentials: Whether the value may be a URL with user and password in it.
        default: The value left out, as TOML has it; None if there is none or the host decides.
        example: A value that is allowed.
        required: Whether it must be given; only in entries of a list.
    """

    table: str
    name: str
    title: str
    description: str
    allowed: str
    is_text: bool
    is_secret: bool
    holds_credentials: bool
    default: Any
    example: Any
    required: bool = False

    @property
    def path(self) -> str:
        """The whole name: `source.uri`."""
        return f"{self.table}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{VARIABLE_PREFIX}{self.table}_{self.name}".upper()


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, draft 2020-12, without what TOML has no word for (null)."""
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_null(Config.model_json_schema())}
    for table in root["$defs"].values():
        for entry in table["properties"].values():
            entry.pop(HOLDS_CREDENTIALS, None)
            if form := entry.pop(ALLOWED, None):
                entry["description"] += f" Allowed: {form}."
    return root


def one_of(words: Iterable[str]) -> str:
    """Join words as in "a, b or c"."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _models(*, lists: bool) -> Iterator[tuple[str, type[Table]]]:
    """The tables of the file by name, or the lists of tables with the model of their entries."""
    for name, field in Config.model_fields.items():
        entries = get_args(field.annotation)
        model: Any = entries[0] if entries else field.annotation
        if bool(entries) is lists:
            yield name, model


def _keys(*, lists: bool) -> dict[str, Key]:
    defs = _without_null(Config.model_json_schema())["$defs"]
    found = (
        _key(table, name, entry, required=name in defs[model.__name__].get("required", ()))
        for table, model in _models(lists=lists)
        for name, entry in defs[model.__name__]["properties"].items()
    )
    return {key.path: key for key in found}


def _texts(*, lists: bool) -> dict[str, str]:
    return {name: (model.__doc__ or "").strip() for name, model in _models(lists=lists)}


def _key(table: str, name: str, entry: dict[str, Any], *, required: bool) -> Key:
    default = entry.get("default")
    return Key(
        table=table,
        name=name,
        title=entry["title"],
        description=entry["description"],
        allowed=_allowed(entry),
        is_text=entry["type"] == "string",
        is_secret=entry.get("format") == "password",
        holds_credentials=HOLDS_CREDENTIALS in entry,
        default=default,
        example=entry["examples"][0] if "examples" in entry else default,
        required=required,
    )


def _allowed(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return one_of([toml_value(value) for value in entry["enum"]])
    if entry["type"] == "boolean":
        return "true or false"
    if entry["type"] in ("integer", "number"):
        kind = "an even" if "multipleOf" in entry else "a whole" if entry["type"] == "integer" else "a"
        return f"{kind} number from {entry['minimum']:g} to {entry['maximum']}"
    form: str = entry[ALLOWED]
    if "maxItems" in entry:
        form += f", at most {entry['maxItems']} of them"
    return form


def _without_null(node: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {name: _without_null(item) for name, item in node.items() if (name, item) != ("default", None)}
    kinds = [kind for kind in node.pop("anyOf", []) if kind != {"type": "null"}]
    return {**kinds[0], **node} if kinds else node


KEYS: Final[Mapping[str, Key]] = MappingProxyType(_keys(lists=False))
"""By path, in the order of the file."""

TABLES: Final[Mapping[str, str]] = MappingProxyType(_texts(lists=False))
"""What each table is about, by name, in the order of the file."""

ENTRY_KEYS: Final[Mapping[str, Key]] = MappingProxyType(_keys(lists=True))
"""Of the entries of lists of tables (`zones.name` for every `[[zones]]`), by path."""

LISTS: Final[Mapping[str, str]] = MappingProxyType(_texts(lists=True))
"""What each list of tables is about, by name."""


def variable_of(name: str) -> str:
    """The environment variable that sets a whole list of tables."""
    return f"{VARIABLE_PREFIX}{name}".upper()
