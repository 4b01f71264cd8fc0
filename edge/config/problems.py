"""What is wrong with a configuration, in lines that name the origin, the key, and what would be right."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import ErrorDetails

from edge.config.forms import ExplainedError
from edge.config.keys import ENTRY_KEYS, KEYS, LISTS, TABLES, VARIABLE_PREFIX, Key, one_of, variable_of
from edge.config.toml import on_one_line, toml_key, toml_value

_CREDENTIALS: Final = re.compile(r"(?P<scheme>^[^@]*?//|^).*@", re.DOTALL)
_LONGEST_SHOWN: Final = 80
"""Characters of a refused value or an unknown name that are shown."""
_LIKENESS: Final = 0.6
"""difflib's ratio from which a name is suggested; its own default."""

DEFAULT: Final = "default"
"""Origin of a value that nobody gave."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written, and where: a file's name, a variable's name, or the command line."""

    value: Any
    origin: str


def unknown_table(name: str, value: object) -> str:
    """Explain a name at the top of the file that is no table. The value is not shown: it may be a password."""
    homes = [key for key in KEYS.values() if key.name == _plain(name)]
    if homes and not isinstance(value, dict):
        return f"{_shortened(toml_key(name))}: stands above all tables: it belongs to {_tables_of(homes)}"
    near = _nearest(_plain(name), (*TABLES, *LISTS))
    hint = f"did you mean {_header(near)}?" if near else f"known are {', '.join((*TABLES, *LISTS))}"
    return f"{_shortened(toml_key(name))}: there is no such table: {hint}"


def not_a_table(name: str, value: object) -> str:
    """Explain a table's name with something else behind it."""
    hint = f"write [{name}], not [[{name}]]" if isinstance(value, list) else f"write [{name}] and its keys below"
    return f"{name}: must be a table: {hint}"


def wrong_entries(name: str, value: object) -> Iterator[str]:
    """Explain what is no list of tables with known keys, one problem after the other."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        yield f"{name}: must be a list of tables: write [[{name}]] and the keys of one below, for each"
        return
    known = [key.name for key in ENTRY_KEYS.values() if key.table == name]
    for number, entry in enumerate(value):
        place = _entry(name, number, entry)
        for key in entry.keys() - set(known):
            near = _nearest(_plain(key), known)
            hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
            yield f"{place}: {_shortened(toml_key(key))}: there is no such key: {hint}"


def _entry(name: str, number: int, entry: Mapping[str, Any]) -> str:
    """Which entry of a list of tables: by its place in the file and, if it has one, its own name."""
    own = entry.get("name")
    return f"{name}[{number}]" + (f" ({_shortened(on_one_line(own))})" if isinstance(own, str) and own else "")


def unknown_key(table: str, name: str) -> str:
    """Explain a name in a table that is no key of it. The value is not shown: it may be a password."""
    path = f"{table}.{_shortened(toml_key(name))}"
    if homes := [key for key in KEYS.values() if key.name == name]:
        return f"{path}: not a key of [{table}]: it belongs to {_tables_of(homes)}"
    return f"{path}: there is no such key: {_hint(table, name)}"


def unknown_variable(table: str, name: str) -> str:
    """Explain a variable that names a table but none of its keys."""
    if table in LISTS:
        return f"[[{table}]] is set as a whole: write {variable_of(table)} with a list of tables in it"
    near = _nearest(_plain(name), [key.name for key in KEYS.values() if key.table == table])
    if near:
        return f"there is no key {table}.{_plain(name)}: did you mean {KEYS[f'{table}.{near}'].variable}?"
    known = [key.name for key in KEYS.values() if key.table == table]
    return (
        f"names the table {table} and none of its keys: write {VARIABLE_PREFIX}{table.upper()}_ and one of "
        f"{', '.join(known)} in capitals"
    )


def refused(error: ErrorDetails, given: Mapping[str, Given]) -> str:
    """Explain a value that its key does not allow, from pydantic's finding."""
    if (path := path_of(error)) in LISTS:
        return _refused_entry(error, given, path)
    key = KEYS[path]
    place = "".join(f"[{index}]" for index in error["loc"][2:] if isinstance(index, int))
    origin = given[key.path].origin if key.path in given else DEFAULT
    cause = error.get("ctx", {}).get("error", "")
    reason = on_one_line(str(cause))
    if isinstance(cause, ExplainedError):
        return f"{origin}: {key.path}: {reason}"
    text = f"{key.allowed}: {reason}" if reason else key.allowed
    return f"{origin}: {key.path}{place}: must be {text}, got {_shown(error['input'], key)}"


def _refused_entry(error: ErrorDetails, given: Mapping[str, Given], name: str) -> str:
    origin, entries = given[name].origin, given[name].value
    if len(error["loc"]) == 1:
        return f"{origin}: {name}: there are {len(entries)}, and at most {error['ctx']['max_length']} are allowed"
    number, key_name = error["loc"][1:3]
    entry = entries[number]
    place = f"{origin}: {_entry(name, int(number), entry)}"
    key = ENTRY_KEYS[f"{name}.{key_name}"]
    if key.name not in entry:
        return f"{place}: {key.name} is missing: it must be {key.allowed}"
    reason = on_one_line(str(error.get("ctx", {}).get("error", "")))
    text = f"{key.allowed}: {reason}" if reason else key.allowed
    return f"{place}: {key.name}: must be {text}, got {_shown(error['input'], key)}"


def path_of(error: ErrorDetails) -> str:
    """The key, or the list of tables, that a finding of pydantic is about."""
    table = str(error["loc"][0])
    return table if table in LISTS else f"{table}.{error['loc'][1]}"


def disagreement(keys: Iterable[str], text: str, given: Mapping[str, Given]) -> str:
    """Explain keys that do not go together; the first one that somebody gave is named."""
    path = next((path for path in keys if path in given), "")
    return f"{given[path].origin}: {path}: {text}" if path else f"{DEFAULT}: {text}"


def public(value: Any, key: Key) -> Any:  # noqa: ANN401 - whatever a key holds
    """A value in force as it may be shown: secrets and passwords in URLs masked."""
    if key.is_secret:
        return None if value is None else "********"
    return _without_credentials(value, key) if isinstance(value, str) else value


def _shown(value: object, key: Key) -> str:
    if key.is_secret:
        return "a value that is not shown here"
    return _shortened(toml_value(_without_credentials(value, key) if isinstance(value, str) else value))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _without_credentials(text: str, key: Key) -> str:
    """Mask user and password in a URL: everything up to the last `@`, as passwords may hold one."""
    return _CREDENTIALS.sub(r"\g<scheme>***@", text) if key.holds_credentials else text


def _header(name: str) -> str:
    return f"[[{name}]]" if name in LISTS else f"[{name}]"


def _hint(table: str, name: str) -> str:
    here = [key.name for key in KEYS.values() if key.table == table]
    if near := _nearest(_plain(name), here):
        return f"did you mean {near}?"
    if near := _nearest(_plain(name), [key.name for key in KEYS.values()]):
        return (
            f"did you mean {near}, which belongs to {_tables_of([key for key in KEYS.values() if key.name == near])}?"
        )
    return f"known are {', '.join(here)}"


def _nearest(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=_LIKENESS)), None)


def _plain(name: str) -> str:
    """The name as keys are spelt here: `Num-Poses` was meant as `num_poses`."""
    return name.lower().replace("-", "_")


def _tables_of(keys: Iterable[Key]) -> str:
    return one_of([f"[{key.table}]" for key in keys])
