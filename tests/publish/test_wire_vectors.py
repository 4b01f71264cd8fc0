"""The committed vectors, decoded by Python and by JavaScript, and the decoder printed in the documentation."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import edge.publish.wire
from edge.publish.wire import LandmarkMessage, WireError, decode

HERE = Path(__file__).parent
DATA = HERE.parent / "data" / "wire"
SPECIFICATION = HERE.parents[1] / "docs" / "wire-format.md"
VECTORS = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))
MALFORMED = json.loads((DATA / "malformed.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")

any_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
any_malformed = pytest.mark.parametrize("vector", MALFORMED, ids=lambda v: v["name"])


def as_plain(message: LandmarkMessage) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "time_ms": message.time_ms,
        "width": message.width,
        "height": message.height,
        "people": [
            {"id": p.id, "predicted": p.predicted, "confidence": p.confidence, "landmarks": p.landmarks.tolist()}
            for p in message.people
        ],
    }


def assert_same(got: dict[str, Any], expected: dict[str, Any]) -> None:
    """Equal, but for visibility, which Python holds in single precision."""
    got, expected = json.loads(json.dumps([got, expected]))
    for person, other in zip(got["people"], expected["people"], strict=True):
        landmarks, others = person.pop("landmarks"), other.pop("landmarks")
        assert [row[:3] for row in landmarks] == [row[:3] for row in others]
        assert [row[3] for row in landmarks] == pytest.approx([row[3] for row in others], abs=1e-6)
    assert got == expected


@any_vector
def test_python_decodes_the_vector(vector: dict[str, Any]) -> None:
    assert_same(as_plain(decode(bytes.fromhex(vector["hex"]))), vector["expected"])


@any_malformed
def test_python_refuses_the_malformed_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError, match=vector["reason"]):
        decode(bytes.fromhex(vector["hex"]))


@pytest.fixture(scope="module")
def by_javascript() -> dict[str, Any]:
    if NODE is None:
        pytest.skip("node is not installed: the JavaScript decoder was not run")
    decoder = Path(edge.publish.wire.__file__).with_name("wire.mjs")
    files = [DATA / "vectors.json", DATA / "malformed.json"]
    command = [NODE, *map(str, [HERE / "decode_vectors.mjs", decoder, *files])]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    results: dict[str, Any] = json.loads(done.stdout)
    return results


@any_vector
def test_javascript_decodes_the_vector(vector: dict[str, Any], by_javascript: dict[str, Any]) -> None:
    assert by_javascript[vector["name"]]["decoded"] == vector["expected"]


@any_malformed
def test_javascript_refuses_the_malformed_vector(vector: dict[str, Any], by_javascript: dict[str, Any]) -> None:
    refusal = by_javascript[vector["name"]]
    assert refusal["kind"] == "RangeError"
    assert vector["reason"] in refusal["error"]


def test_the_committed_vectors_are_what_their_script_makes(tmp_path: Path) -> None:
    program = f"import runpy; print(runpy.run_path({str(HERE / 'make_wire_vectors.py')!r})['documents']())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=tmp_path)
    made = eval(done.stdout, {})  # noqa: S307 (the output of our own script)
    assert made == {name: (DATA / name).read_text(encoding="utf-8") for name in ("vectors.json", "malformed.json")}


@any_vector
def test_the_decoder_in_the_documentation_decodes_the_vector(vector: dict[str, Any]) -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    source = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert source
    names: dict[str, Any] = {}
    exec(source[1], names)  # noqa: S102 (the code under test is in the document)
    assert names["decode"](bytes.fromhex(vector["hex"])) == vector["expected"]


def test_the_worked_example_in_the_documentation_is_a_message() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    block = re.search(r"```hex\n(.*?)```", text, re.DOTALL)
    assert block
    message = decode(bytes.fromhex(re.sub(r"#.*", "", block[1])))
    assert (message.seq, message.time_ms, message.width, message.height) == (42, 1_767_225_600_123, 640, 480)
    assert [(p.id, p.predicted, round(p.confidence, 3)) for p in message.people] == [(3, True, 0.902)]
    nose, *rest = message.people[0].landmarks.tolist()
    assert nose == pytest.approx([0.5, 0.25, -0.125, 14 / 15])
    assert all(row == [0, 0, 0, 0] for row in rest)
