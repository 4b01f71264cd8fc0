import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge.config import Config, load, resolve, showing
from edge.config.keys import ENTRY_KEYS, KEYS, LISTS, TABLES
from edge.config.toml import toml_key, toml_value
from edge.errors import ConfigError

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars: st.SearchStrategy[Any] = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | texts | st.dates() | st.times()
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
names = st.sampled_from([key.name for key in KEYS.values()]) | texts
files = st.dictionaries(
    st.sampled_from([*TABLES, *LISTS]) | texts, st.dictionaries(names, values, max_size=6) | values, max_size=4
) | st.fixed_dictionaries(
    {"zones": st.lists(st.dictionaries(st.sampled_from([key.name for key in ENTRY_KEYS.values()]), values), max_size=3)}
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "box.toml"


def outcome(file: Path, environ: dict[str, str]) -> Config | None:
    try:
        return load(file, environ=environ, overrides={})
    except ConfigError as error:
        lines = str(error).split("\n")
        assert all(line.isprintable() and ": " in line for line in lines)
        return None


@given(content=st.binary(max_size=200) | texts.map(str.encode))
@example(content=b"[source]\nfps = 1e400\n")
@example(content=b"[source]\nseed = -0x1\n")
@example(content=b"[a.b.c]\n")
def test_any_bytes_give_a_configuration_or_an_explanation(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    outcome(file, {})


@given(content=files)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_toml_gives_a_configuration_or_an_explanation(file: Path, content: dict[str, Any]) -> None:
    text = "\n".join(f"{toml_key(name)} = {toml_value(value)}" for name, value in content.items())
    tomllib.loads(text)
    file.write_text(text, encoding="utf-8")

    outcome(file, {})


@given(
    environ=st.dictionaries(
        st.sampled_from([key.variable for key in KEYS.values()]),
        st.text(st.characters(exclude_characters="\0"), max_size=12) | values.map(toml_value),
        max_size=5,
    )
)
def test_any_variables_give_a_configuration_or_an_explanation(file: Path, environ: dict[str, str]) -> None:
    file.write_bytes(b"")
    outcome(file, environ)


allowed = st.fixed_dictionaries(
    {},
    optional={
        "device": st.fixed_dictionaries({"id": st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)}),
        "source": st.fixed_dictionaries(
            {},
            optional={
                "fps": st.floats(1, 60),
                "width": st.integers(80, 960).map(lambda half: 2 * half),
                "hflip": st.booleans(),
                "rotation": st.sampled_from([0, 90, 180, 270]),
                "privacy_masks": st.lists(
                    st.floats(0, 0.9).map(lambda x: [[x, 0.0], [1.0, 0.0], [1.0, 1.0]]), max_size=3
                ),
            },
        ),
        "mqtt": st.fixed_dictionaries(
            {"username": st.text(st.characters(categories=("L", "N", "P")), min_size=1).filter(str.isprintable)}
        ),
    },
)


@given(content=allowed)
def test_what_is_shown_has_the_same_effect_as_the_file(file: Path, content: dict[str, Any]) -> None:
    file.write_text("\n".join(f"{table} = {toml_value(body)}" for table, body in content.items()), encoding="utf-8")
    resolved = resolve(file, environ={}, overrides={})

    file.write_text(showing.as_toml(resolved), encoding="utf-8")

    assert load(file, environ={}, overrides={}) == resolved.config
