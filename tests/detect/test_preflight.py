from pathlib import Path

import pytest

from edge.detect.preflight import check_processor, installed_version, lock_name
from edge.errors import ExitCode, ProcessorError

PI_5 = "Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop\n"
PI_4 = "Features\t: fp asimd evtstrm crc32 cpuid\n"


@pytest.fixture
def cpuinfo(tmp_path: Path) -> Path:
    return tmp_path / "cpuinfo"


def describe(cpuinfo: Path, *cores: str) -> Path:
    cpuinfo.write_text("".join(f"processor\t: {i}\n{core}\n" for i, core in enumerate(cores)), encoding="ascii")
    return cpuinfo


def test_a_pi_5_takes_the_new_mediapipe(cpuinfo: Path) -> None:
    describe(cpuinfo, *[PI_5] * 4)
    check_processor("1.2.2", machine="aarch64", cpuinfo=cpuinfo)
    assert lock_name("aarch64", cpuinfo) == "pi5"


def test_a_pi_4_is_refused_the_new_mediapipe_and_told_which_lock_to_install(cpuinfo: Path) -> None:
    describe(cpuinfo, *[PI_4] * 4)
    with pytest.raises(ProcessorError, match=r"1\.2\.2 would crash .*requirements/pi4\.lock") as refused:
        check_processor("1.2.2", machine="aarch64", cpuinfo=cpuinfo)
    assert refused.value.exit_code == ExitCode.PROCESSOR
    assert lock_name("aarch64", cpuinfo) == "pi4"


def test_a_pi_4_takes_the_old_mediapipe(cpuinfo: Path) -> None:
    check_processor("0.10.18", machine="aarch64", cpuinfo=describe(cpuinfo, PI_4))


def test_one_core_without_atomics_is_enough_to_refuse(cpuinfo: Path) -> None:
    with pytest.raises(ProcessorError):
        check_processor("1.2.2", machine="aarch64", cpuinfo=describe(cpuinfo, PI_5, PI_4))


def test_a_pc_takes_both(cpuinfo: Path) -> None:
    for version in ("1.2.2", "0.10.18"):
        check_processor(version, machine="x86_64", cpuinfo=cpuinfo)


@pytest.mark.parametrize("machine", ["armv7l", "armv6l", "i686"])
def test_a_32_bit_system_is_told_to_install_64_bits(machine: str) -> None:
    with pytest.raises(ProcessorError, match="64-bit"):
        check_processor("1.2.2", machine=machine)


def test_the_installed_version_is_one_of_the_two_locked_ones() -> None:
    assert installed_version() in {"1.2.2", "0.10.18"}
