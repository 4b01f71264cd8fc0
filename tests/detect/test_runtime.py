import json
import subprocess
import sys

import pytest

from edge.detect.runtime import NO_PROXY_TO_ANYWHERE, cut_telemetry, load

LOADS = """
import json, sys
from edge.detect.runtime import load
runtime = load()
print(json.dumps([name for name in sys.modules if "." not in name]))
"""


@pytest.fixture(scope="module")
def loaded_modules() -> set[str]:
    done = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", ["matplotlib", "sounddevice", "cv2", "pydantic", "jax", "absl", "rich"])
def test_loading_for_poses_leaves_out(name: str, loaded_modules: set[str]) -> None:
    assert "mediapipe" in loaded_modules
    assert name not in loaded_modules


def test_loading_twice_gives_the_same() -> None:
    assert load() is load()


def test_telemetry_is_cut_whatever_proxies_the_system_has() -> None:
    environ = {"https_proxy": "http://proxy.example:3128", "no_proxy": "*", "PATH": "/bin"}
    cut_telemetry(environ)
    assert environ["https_proxy"] == environ["HTTPS_PROXY"] == environ["ALL_PROXY"] == NO_PROXY_TO_ANYWHERE
    assert environ["no_proxy"] == environ["NO_PROXY"] == ""
    assert environ["PATH"] == "/bin"
