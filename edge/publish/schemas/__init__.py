"""JSON Schemas (draft 2020-12) of every JSON payload: one file each beside this one, named like its topic.

`event`, `state`, `health`, `landmarks` and `discovery`, the announcement to Home Assistant, are written by hand.
`cmd-<name>` and `cmd-result` follow the models in `edge.publish.requests`. All allow further keys, but for commands,
where an unknown key is a mistake worth telling.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent

NAMES: Final = tuple(sorted(file.stem for file in _FOLDER.glob("*.json")))


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of one kind of payload.

    Raises:
        KeyError: There is none of this name; `NAMES` has them all.
    """
    if name not in NAMES:
        raise KeyError(name)
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found
