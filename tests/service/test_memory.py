import subprocess
import sys
from pathlib import Path

from edge.service.memory import release_startup_memory

MEASURE = """
from edge.detect.landmarker import load
from edge.service.memory import release_startup_memory
from edge.service.readings import read
import cv2
load()
before = read().rss_bytes
release_startup_memory()
after = read().rss_bytes
cv2.cvtColor(__import__("numpy").zeros((64, 64, 3), "uint8"), cv2.COLOR_RGB2BGR)
print(before, after)
"""

COLLECT = """
import gc
from edge.detect.landmarker import load
from edge.service.memory import release_startup_memory
from edge.service.readings import read
load()
release_startup_memory()
release_startup_memory()
read(), gc.collect(0)  # their own code comes back
later = []
later.append(later)
before = read().rss_bytes
del later
found = gc.collect()
print(read().rss_bytes - before, found)
"""


def test_the_process_is_smaller_and_goes_on_working() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, timeout=60)
    before, after = map(int, done.stdout.split())
    assert after < before - 10_000_000


def test_a_full_collection_leaves_alone_what_starting_up_has_made() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECT], capture_output=True, text=True, check=True, timeout=60)
    grown, found = map(int, done.stdout.split())
    assert grown < 100_000
    assert found == 1


def test_a_hidden_memory_map_is_no_error(tmp_path: Path) -> None:
    release_startup_memory(tmp_path / "maps")
