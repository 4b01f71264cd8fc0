"""Puts the configuration together: defaults, file, variables, command line, each over the one before."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from edge.config import problems
from edge.config.keys import ENTRY_KEYS, KEYS, LISTS, TABLES, VARIABLE_PREFIX, variable_of
from edge.config.problems import DEFAULT, Given
from edge.config.tables import Config
from edge.config.toml import on_one_line
from edge.errors import ConfigError

DEFAULT_PATH: Final = Path("/etc/pose-edge/pose-edge.toml")
COMMAND_LINE: Final = "command line"

_LARGEST_FILE_KIB: Final = 256
"""The documented file with every key has about 10; a video given by mistake has more."""

_PLACE: Final = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A configuration with its history.

    Attributes:
        config: What is in force.
        file: The file that was read, or None if there was none.
        origins: By key, or name of a list, where its value comes from: `default`, the file's or the variable's name,
            `command line`.
    """

    config: Config
    file: Path | None
    origins: Mapping[str, str]


def load(path: Path | None, *, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Config:
    """Read the configuration: defaults < file < `POSE_EDGE_<TABLE>_<KEY>` variables < command line.

    Args:
        path: The file; None means `DEFAULT_PATH` if it exists, else no file.
        environ: The environment, normally `os.environ`.
        overrides: From the command line, by dotted key (`{"source.uri": "studio"}`); None means not given.

    Raises:
        ConfigError: With every problem, one a line.
    """
    return resolve(path, environ=environ, overrides=overrides).config


def resolve(path: Path | None, *, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Resolved:
    """Do what `load` does and keep where each value came from."""
    file, content = _read(path)
    given: dict[str, Given] = {}
    wrong: list[str] = []
    if file is not None:
        wrong += _take(_entries(content), origin=on_one_line(str(file)), into=given)
    wrong += _take_variables(environ, into=given)
    dotted = [(key, value) for key, value in overrides.items() if value is not None]
    wrong += _take(((*key.partition(".")[::2], value) for key, value in dotted), origin=COMMAND_LINE, into=given)
    config, refused = _validate(given)
    wrong += refused
    if config is None or wrong:
        raise ConfigError("\n".join(wrong))
    origins = {path: given[path].origin if path in given else DEFAULT for path in (*KEYS, *LISTS)}
    return Resolved(config=config, file=file, origins=MappingProxyType(origins))


def _read(path: Path | None) -> tuple[Path | None, dict[str, Any]]:
    """The file that counts and its content as `tomllib` gives it."""
    try:
        with (path or DEFAULT_PATH).open("rb") as stream:
            raw = stream.read(_LARGEST_FILE_KIB * 1024 + 1)
    except FileNotFoundError:
        if path is None:
            return None, {}
        raise ConfigError(f"{_name(path)}: there is no such file") from None
    except IsADirectoryError:
        raise ConfigError(f"{_name(path)}: is a folder: name the file in it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{_name(path)}: cannot be read: {reason}") from None
    return path or DEFAULT_PATH, _parse(raw, _name(path))


def _name(path: Path | None) -> str:
    return on_one_line(str(path or DEFAULT_PATH))


def _parse(raw: bytes, name: str) -> dict[str, Any]:
    if len(raw) > _LARGEST_FILE_KIB * 1024:
        raise ConfigError(f"{name}: is larger than {_LARGEST_FILE_KIB} KiB: that is no configuration")
    if b"\0" in raw:
        raise ConfigError(f"{name}: is not a text file: TOML was expected")
    try:
        text = raw.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: line {line}: is not UTF-8: save the file in that encoding") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {_syntax(str(error), text)}") from None
    except RecursionError:
        raise ConfigError(f"{name}: lists or tables are nested too deeply") from None
    except ValueError:  # an integer of more digits than Python reads
        raise ConfigError(f"{name}: a number is too long") from None


def _syntax(message: str, text: str) -> str:
    """`line 3, column 5: …` from tomllib's message; up to Python 3.13 the place stands in it only."""
    match = _PLACE.fullmatch(message)
    if match is None:
        return f"is not TOML: {on_one_line(message)}"
    lines = text.splitlines() or [""]
    line = match["line"] or len(lines)
    column = match["column"] or len(lines[-1]) + 1
    return f"line {line}, column {column}: is not TOML: {on_one_line(match['what'])}"


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    """Table, key and value of all that a file holds; without a key where there is no table."""
    for table, body in content.items():
        if table in TABLES and isinstance(body, dict):
            yield from ((table, name, value) for name, value in body.items())
        else:
            yield table, None, body


def _take(entries: Iterator[tuple[str, str | None, Any]], *, origin: str, into: dict[str, Given]) -> list[str]:
    """Put the known keys into `into`, over what is there; returns what is wrong with the others."""
    wrong = []
    for table, name, value in entries:
        if table in LISTS and not name:
            wrong += [f"{origin}: {text}" for text in problems.wrong_entries(table, value)]
            into[table] = Given(_known_entries(table, value), origin)
        elif table not in TABLES:
            wrong.append(f"{origin}: {problems.unknown_table(table, value)}")
        elif name is None:
            wrong.append(f"{origin}: {problems.not_a_table(table, value)}")
        elif f"{table}.{name}" not in KEYS:
            wrong.append(f"{origin}: {problems.unknown_key(table, name)}")
        else:
            into[f"{table}.{name}"] = Given(value, origin)
    return wrong


def _known_entries(name: str, value: object) -> list[dict[str, Any]]:
    """What of a list of tables can be checked further: its tables, without keys that do not exist."""
    entries = value if isinstance(value, list) else []
    known = {key.name for key in ENTRY_KEYS.values() if key.table == name}
    return [{key: entry[key] for key in entry if key in known} for entry in entries if isinstance(entry, dict)]


def _take_variables(environ: Mapping[str, str], *, into: dict[str, Given]) -> list[str]:
    known = {key.variable: key for key in KEYS.values()}
    lists = {variable_of(name): name for name in LISTS}
    wrong = []
    for variable, text in environ.items():
        if key := known.get(variable):
            into[key.path] = Given(_from_variable(text, is_text=key.is_text), variable)
        elif name := lists.get(variable):
            wrong += _take(iter([(name, None, _from_variable(text, is_text=False))]), origin=variable, into=into)
        elif variable.startswith(VARIABLE_PREFIX):
            table, _, key_name = variable.removeprefix(VARIABLE_PREFIX).partition("_")
            if table.lower() in (*TABLES, *LISTS):
                reason = problems.unknown_variable(table.lower(), key_name)
                wrong.append(f"{on_one_line(variable)}: {on_one_line(reason)}")
    return wrong


def _from_variable(text: str, *, is_text: bool) -> object:
    """A variable's value as TOML, if it is; else as it stands. Where text is expected, only quotes make it TOML."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    if parsed.keys() != {"value"} or (is_text and not isinstance(parsed["value"], str)):
        return text
    return parsed["value"]


def _validate(given: Mapping[str, Given]) -> tuple[Config | None, list[str]]:
    """Check every value, and then what goes together among those that are right."""
    try:
        return Config.model_validate(_nested(given)), []
    except ValidationError as error:
        found = error.errors()
    refused = [one for one in found if one["type"] != "contradiction"]
    if not refused:
        return None, _disagreements(found, given)
    bad = {problems.path_of(one) for one in refused}
    wrong = [problems.refused(one, given) for one in refused]
    try:
        Config.model_validate(_nested({path: one for path, one in given.items() if path not in bad}))
    except ValidationError as error:
        wrong += _disagreements(error.errors(), given, without=frozenset(bad))
    return None, wrong


def _nested(given: Mapping[str, Given]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for path, one in given.items():
        table, _, name = path.partition(".")
        if name:
            tables.setdefault(table, {})[name] = one.value
        else:
            tables[table] = one.value
    return tables


def _disagreements(
    errors: list[ErrorDetails], given: Mapping[str, Given], *, without: frozenset[str] = frozenset()
) -> list[str]:
    """The lines of all contradictions, save those with a key that was refused for itself."""
    return [
        problems.disagreement(one.keys, one.text, given)
        for error in errors
        for one in error.get("ctx", {}).get("found", ())
        if without.isdisjoint(one.keys)
    ]
