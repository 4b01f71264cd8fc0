"""Writes what is generated from the tables: `config/pose-edge.toml` and parts of `docs/`.

`python -m edge.config.documents` in a checkout brings all of it up to date; a test fails when that was forgotten.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from edge import errors
from edge.config.keys import ENTRY_KEYS, KEYS, LISTS, TABLES, Key
from edge.config.toml import toml_value

_WIDTH: Final = 100
_GENERATED: Final = re.compile(r"(<!-- generated -->\n).*?(<!-- end -->)", re.DOTALL)

_HEAD: Final = """\
# Every key of pose-edge, with what it means, what it takes, and the value that counts when it is left out (its default)
# or an example where nothing is set. Take away the # before what you want to change: one line is a good file.
# Check it with: pose-edge config check THIS_FILE
#
# Written by `python -m edge.config.documents`.
"""


def reference_file(_: str) -> str:
    """`config/pose-edge.toml`: every key, explained and commented out."""
    tables = (
        "\n\n".join([f"# {text}\n[{table}]", *(_commented(key) for key in KEYS.values() if key.table == table)])
        for table, text in TABLES.items()
    )
    lists = (
        "\n\n".join([f"# {text}\n#[[{name}]]", *(_commented(key) for key in ENTRY_KEYS.values() if key.table == name)])
        for name, text in LISTS.items()
    )
    return "\n\n\n".join((_HEAD.rstrip(), *tables, *lists)) + "\n"


def _commented(key: Key) -> str:
    words = textwrap.fill(key.description, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    kind = "Example" if key.default is None else "Default"
    return f"{words}\n# Allowed: {key.allowed}. {kind}:\n#{key.name} = {toml_value(_written(key))}"


def _written(key: Key) -> object:
    return key.example if key.default is None else key.default


def key_tables(page: str) -> str:
    """`docs/configuration.md` with its list of keys made anew."""
    sections = [
        *(
            _section(f"[{name}]", text, [key for key in KEYS.values() if key.table == name])
            for name, text in TABLES.items()
        ),
        *(
            _section(f"[[{name}]]", text, [key for key in ENTRY_KEYS.values() if key.table == name])
            for name, text in LISTS.items()
        ),
    ]
    return _replaced(page, "\n".join(sections))


def _section(header: str, text: str, keys: Iterable[Key]) -> str:
    return "\n".join(
        [
            f"### `{header}`",
            "",
            text,
            "",
            "| key | takes | default | meaning |",
            "|---|---|---|---|",
            *(_row(key) for key in keys),
            "",
        ]
    )


def _row(key: Key) -> str:
    default = "must be given" if key.required else "" if key.default is None else f"`{toml_value(key.default)}`"
    return f"| `{key.name}` | {key.allowed} | {default} | {key.description} |"


def exit_code_table(page: str) -> str:
    """`docs/exit-codes.md` with its list made anew from `edge.errors.ExitCode` and the texts below its members."""
    rows = [f"| {code.value} | `{code.name}` | {text} |" for code, text in _exit_codes().items()]
    return _replaced(page, "\n".join(["| code | name | meaning |", "|---|---|---|", *rows, ""]))


def _exit_codes() -> Mapping[errors.ExitCode, str]:
    """Python forgets the texts below enum members, so they are read from the source."""
    (definition,) = ast.parse(inspect.getsource(errors.ExitCode)).body
    texts = dict.fromkeys(errors.ExitCode, "Done.")
    code = errors.ExitCode.OK
    for node in ast.iter_child_nodes(definition):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            code = errors.ExitCode[node.targets[0].id]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and code is not errors.ExitCode.OK:
            texts[code] = " ".join(str(node.value.value).split())
    return texts


def _replaced(page: str, content: str) -> str:
    return _GENERATED.sub(lambda match: f"{match[1]}\n{content}\n{match[2]}", page)


DOCUMENTS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "config/pose-edge.toml": reference_file,
        "docs/configuration.md": key_tables,
        "docs/exit-codes.md": exit_code_table,
    }
)
"""Files of a checkout, and what makes each from its present text."""


def main() -> None:
    """Bring every document of this checkout up to date."""
    root = Path(__file__).parents[2]
    for name, make in DOCUMENTS.items():
        path = root / name
        path.write_text(make(path.read_text(encoding="utf-8") if path.exists() else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
