"""Planted faults of the machine, each named with its remedy."""

from pathlib import Path

import pytest

from edge.doctor import machine
from edge.doctor.finding import Level


def put(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="ascii")


def test_this_machine_passes() -> None:
    assert machine.check_processor_fits().level is Level.OK
    assert machine.check_libraries().level is Level.OK


def test_an_old_pi_with_the_new_mediapipe_is_told_which_lock_to_install(tmp_path: Path) -> None:
    put(tmp_path, "cpuinfo", "Features\t: fp asimd evtstrm crc32 cpuid\n")
    found = machine.check_processor_fits("aarch64", tmp_path / "cpuinfo")
    assert found.level is Level.FAIL
    assert "pi4.lock" in found.remedy


def test_a_missing_system_library_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(machine._SHARED_LIBRARIES, "libnothing.so.9", "libnothing9")  # noqa: SLF001 - the fault
    found = machine.check_libraries()
    assert (found.level, found.remedy) == (Level.FAIL, "sudo apt install libnothing9")


@pytest.mark.parametrize(("celsius", "level"), [("48000", Level.OK), ("72500", Level.WARN), ("84000", Level.FAIL)])
def test_heat_is_judged_by_what_the_firmware_does_about_it(tmp_path: Path, celsius: str, level: Level) -> None:
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", celsius)
    found = next(machine.check_heat(tmp_path))
    assert found.level is level
    assert str(round(int(celsius) / 1000)) in found.text


@pytest.mark.parametrize(
    ("bits", "level", "word"),
    [
        ("0", Level.OK, "steady"),
        ("50005", Level.FAIL, "undervoltage now"),
        ("50000", Level.FAIL, "undervoltage since boot"),
        ("e0000", Level.WARN, "by heat"),
    ],
)
def test_a_bad_supply_is_told_from_heat(tmp_path: Path, bits: str, level: Level, word: str) -> None:
    put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    power = list(machine.check_heat(tmp_path))[1]
    assert power.level is level
    assert word in power.text


def test_a_clock_that_nobody_sets_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "synchronised", lambda: False)
    assert machine.check_clock().level is Level.WARN
    monkeypatch.setattr(machine, "synchronised", lambda: True)
    assert machine.check_clock().level is Level.OK


def test_a_full_disk_fails_and_says_how_to_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert next(machine.check_disk(tmp_path / "not" / "yet")).level is Level.OK
    monkeypatch.setattr(machine, "_LEAST_FREE_MB", 1 << 40)
    found = next(machine.check_disk(tmp_path))
    assert found.level is Level.FAIL
    assert "journalctl" in found.remedy


def wear(tmp_path: Path) -> list[tuple[Level, str]]:
    return [(one.level, one.text) for one in machine.check_disk(tmp_path, tmp_path) if one.check == "wear"]


@pytest.mark.parametrize(
    ("life", "level", "said"),
    [
        ("0x02 0x0a", Level.WARN, "mmcblk0 has used 100 % of its life"),
        ("0x01 0x02", Level.OK, "mmcblk0 has used 20 % of its life at most"),
    ],
)
def test_a_medium_that_tells_its_wear_is_believed(tmp_path: Path, life: str, level: Level, said: str) -> None:
    put(tmp_path, "sys/block/mmcblk0/device/life_time", life)
    assert wear(tmp_path) == [(level, said)]


@pytest.mark.parametrize(("sectors", "level"), [(20_480, Level.OK), (20_480_000, Level.WARN)])
def test_a_card_is_judged_by_what_is_written_to_it_a_day(tmp_path: Path, sectors: int, level: Level) -> None:
    put(tmp_path, "proc/uptime", f"{2 * 86400}.00 1.00")
    put(tmp_path, "sys/block/mmcblk0/stat", f"1 1 1 1 1 1 {sectors} 1 0 1 1")
    ((found, text),) = wear(tmp_path)
    assert found is level
    assert text == f"{sectors // 4096} MB a day are written to mmcblk0 since the start"


def test_a_card_is_not_judged_by_its_first_day(tmp_path: Path) -> None:
    put(tmp_path, "proc/uptime", "3600.00 1.00")
    put(tmp_path, "sys/block/mmcblk0/stat", "1 1 1 1 1 1 99999999 1 0 1 1")
    assert wear(tmp_path) == []
