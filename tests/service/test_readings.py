from pathlib import Path

import pytest

from edge.service.readings import read


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="ascii")


def test_this_process_has_memory_and_cpu_time() -> None:
    readings = read()
    assert readings.rss_bytes > 10_000_000
    assert readings.cpu_s > 0


def test_a_machine_without_sensors_has_no_readings(root: Path) -> None:
    readings = read(root)
    assert (readings.temperature_c, readings.throttled, readings.rss_bytes) == (None, None, 0)


def test_temperature_is_read_in_degrees(root: Path) -> None:
    put(root, "sys/class/thermal/thermal_zone0/temp", "61322\n")
    assert read(root).temperature_c == 61.322


@pytest.mark.parametrize(
    ("bits", "throttled"),
    [("0", False), ("50000", False), ("50005", True), ("1", True), ("2", True), ("4", True), ("8", False)],
)
def test_throttled_is_what_is_the_case_now_not_since_boot(root: Path, bits: str, throttled: bool) -> None:
    put(root, "sys/devices/platform/soc/soc:firmware/get_throttled", bits + "\n")
    assert read(root).throttled is throttled


def test_nonsense_from_a_sensor_is_no_reading(root: Path) -> None:
    put(root, "sys/class/thermal/thermal_zone0/temp", "")
    put(root, "sys/devices/platform/soc/soc:firmware/get_throttled", "maybe")
    readings = read(root)
    assert (readings.temperature_c, readings.throttled) == (None, None)


def test_looking_every_other_second_interns_nothing_anew(interned: list[str]) -> None:
    read()
    interned.clear()
    read()
    assert interned == []
