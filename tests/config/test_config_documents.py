import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from edge.config import Config, load
from edge.config.documents import DOCUMENTS
from edge.config.keys import ENTRY_KEYS, KEYS, LISTS, TABLES, schema
from edge.errors import ExitCode

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "config").glob("*.toml"))
REFERENCE = (ROOT / "config/pose-edge.toml").read_text(encoding="utf-8")
KEY_LINE = re.compile(r"#(\w+) = .*")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_generated_document_is_up_to_date(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")

    assert DOCUMENTS[name](page) == page, "run `python -m edge.config.documents`"


def keys_of_the_reference() -> list[tuple[str, str]]:
    """Each commented key of `config/pose-edge.toml` as (table, line without the #)."""
    found = []
    table = ""
    for line in REFERENCE.splitlines():
        if line.startswith(("[", "#[[")):
            table = line.strip("#[]")
        elif KEY_LINE.fullmatch(line):
            found.append((table, line.removeprefix("#")))
    return found


def test_the_reference_holds_every_key_once_in_its_table() -> None:
    assert [f"{table}.{line.split(' ')[0]}" for table, line in keys_of_the_reference()] == [
        *KEYS,
        *ENTRY_KEYS,
    ]


def test_the_reference_as_it_stands_gives_the_defaults() -> None:
    assert load(ROOT / "config/pose-edge.toml", environ={}, overrides={}) == Config()


@pytest.mark.parametrize(("table", "line"), [one for one in keys_of_the_reference() if one[0] in TABLES])
def test_each_line_of_the_reference_is_valid_and_a_default_where_it_says_so(
    table: str, line: str, tmp_path: Path
) -> None:
    (name, value), *_ = tomllib.loads(line).items()
    file = tmp_path / "box.toml"
    needed = 'username = "bar1"' if name.startswith("password") else ""
    if name in ("ca_file", "cert_file", "key_file"):
        needed = "tls = true" + ('\ncert_file = "/box.pem"' if name == "key_file" else "")
    file.write_text(f"[{table}]\n{line}\n{needed}\n", encoding="utf-8")

    config = load(file, environ={}, overrides={})

    assert value == (KEYS[f"{table}.{name}"].default or value)
    if KEYS[f"{table}.{name}"].default is not None:
        assert config == Config()


def test_the_lines_of_a_zone_are_one_bed(tmp_path: Path) -> None:
    lines = [line for table, line in keys_of_the_reference() if table == "zones" and not line.startswith("exercise")]
    file = tmp_path / "box.toml"
    file.write_text("\n".join(["[[zones]]", *lines]), encoding="utf-8")

    (zone,) = load(file, environ={}, overrides={}).zones

    assert (zone.name, zone.kind, zone.hours) == ("bed1", "bed", "22:00-07:00")


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_a_file_to_start_from_is_valid(file: Path) -> None:
    config = load(file, environ={}, overrides={})

    assert file.name == "pose-edge.toml" or config.device.id in ("bar1", "room-12")


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_the_schema_accepts_what_the_loader_accepts(file: Path) -> None:
    jsonschema.validate(tomllib.loads(file.read_text(encoding="utf-8")), schema())


@pytest.mark.parametrize(
    "text",
    [
        "[source]\nfps = 0",
        "[source]\nwidth = 641",
        "[source]\nwidht = 640",
        "[sources]",
        "[detect]\nmodel = 'tiny'",
        "[mqtt]\npassword = ''",
        "[source]\nprivacy_masks = [[[0, 0, 0]]]",
        "[[zones]]\nname = 'bed1'\nkind = 'bed'",
        "[[zones]]\nname = 'bed1'\nkind = 'cot'\npolygon = [[0, 0], [1, 0], [1, 1]]",
        "zones = 1",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), schema())


def test_the_schema_is_one_and_speaks_of_nothing_toml_does_not_have() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert "null" not in str(schema())
    assert list(schema()["properties"]) == [name for name in Config.model_fields if name in TABLES or name in LISTS]


def test_the_examples_in_the_documentation_are_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "box.toml"

    assert examples
    for example in examples:
        file.write_text(example, encoding="utf-8")
        load(file, environ={}, overrides={})


def test_every_exit_code_is_explained() -> None:
    page = (ROOT / "docs/exit-codes.md").read_text(encoding="utf-8")

    for code in ExitCode:
        assert re.search(rf"^\| {code.value} \| `{code.name}` \| [A-Z`].+\. \|$", page, re.MULTILINE)
