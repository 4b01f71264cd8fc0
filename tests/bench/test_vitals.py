import os
from pathlib import Path

import pytest

from edge.bench.errors import BenchError
from edge.bench.vitals import read_vitals

STATUS = """\
Name:	python
VmRSS:	  404096 kB
RssAnon:	  102400 kB
RssFile:	   51200 kB
RssShmem:	  250496 kB
Threads:	12
"""


@pytest.fixture
def process(tmp_path: Path) -> Path:
    (tmp_path / "status").write_text(STATUS)
    (tmp_path / "fd").mkdir()
    for number in range(7):
        (tmp_path / "fd" / str(number)).touch()
    return tmp_path


def test_memory_is_counted_without_the_shared_frames(process: Path) -> None:
    assert read_vitals(process).rss_mb == 150


def test_threads_and_descriptors_are_counted(process: Path) -> None:
    vitals = read_vitals(process)
    assert (vitals.threads, vitals.descriptors) == (12, 7)


def test_a_kernel_that_does_not_tell_memory_apart_is_named(process: Path) -> None:
    (process / "status").write_text("VmRSS:	1 kB\nThreads:	1\n")
    with pytest.raises(BenchError, match=r"Linux 4\.5"):
        read_vitals(process)


def test_a_process_that_has_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="cannot be read"):
        read_vitals(tmp_path / "4711")


def test_this_process_can_be_read() -> None:
    before = read_vitals()
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        assert read_vitals().descriptors == before.descriptors + 1
    finally:
        os.close(descriptor)
    assert before.rss_mb > 5
    assert before.threads >= 1
