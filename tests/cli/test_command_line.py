import json
import subprocess
import sys

import pytest
from support.daemon import pose_edge

from edge.cli import COMMANDS

MODULES = "import json, sys, edge.cli; print(json.dumps(sorted(sys.modules)))"


def test_the_command_line_loads_nothing_heavy_before_it_knows_what_to_do() -> None:
    done = subprocess.run([sys.executable, "-c", MODULES], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not roots & {"numpy", "cv2", "mediapipe", "pydantic", "rich", "paho", "asyncio"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_teaches_with_an_example(command: str) -> None:
    done = pose_edge(command, "--help")
    assert done.returncode == 0
    assert f"pose-edge {command}" in done.stdout.partition("\n")[2]


def test_the_version_is_printed() -> None:
    assert pose_edge("--version").stdout.startswith("pose-edge 0.")
