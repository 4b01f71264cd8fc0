"""Writes the JSON Schemas of commands and their results from their models.

Run `python tests/publish/make_schemas.py` after a change of `edge/publish/requests.py`, and read the difference.
"""

import json
from pathlib import Path

import edge.publish.schemas
from edge.publish.requests import REQUESTS, Result

FOLDER = Path(edge.publish.schemas.__file__).parent
DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def files() -> dict[str, str]:
    models = {f"cmd-{name}": model for name, model in REQUESTS.items()} | {"cmd-result": Result}
    return {
        f"{name}.json": json.dumps(DIALECT | model.model_json_schema(mode="validation"), indent=2) + "\n"
        for name, model in models.items()
    }


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
