"""Whether the wall time can be believed, as the kernel says, or systemd's time client."""

import ctypes
from pathlib import Path

import pytest

from edge.service import clock


class Kernel:
    def __init__(self, *, result: int = 0, status: int = 0) -> None:
        self._result, self._status = result, status

    def adjtimex(self, pointer: object) -> int:
        ctypes.cast(pointer, ctypes.POINTER(clock._Timex)).contents.status = self._status  # type: ignore[arg-type] # noqa: SLF001
        return self._result


REFUSED = Kernel(result=-1)


@pytest.mark.parametrize(
    ("kernel", "told"), [(Kernel(status=0x2001), True), (Kernel(status=0x2041), False)], ids=["heard", "unheard"]
)
def test_the_kernel_is_asked_whether_a_time_server_was_heard(
    kernel: Kernel, told: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clock, "libc", lambda: kernel)
    assert clock.synchronised(tmp_path) is told


@pytest.mark.parametrize("kernel", [REFUSED, object()], ids=["refused", "not Linux"])
def test_where_the_kernel_may_not_be_asked_the_mark_of_the_time_client_tells(
    kernel: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clock, "libc", lambda: kernel)
    folder = tmp_path / "timesync"
    assert clock.synchronised(folder) is None
    folder.mkdir()
    assert clock.synchronised(folder) is False
    (folder / "synchronized").touch()
    assert clock.synchronised(folder) is True


def test_asking_changes_nothing_and_works_here() -> None:
    assert clock.synchronised() in {True, False, None}
