"""Whether the wall time can be believed, as the kernel says."""

import ctypes

import pytest

from edge.service import clock


class Kernel:
    def __init__(self, *, result: int = 0, status: int = 0) -> None:
        self._result, self._status = result, status

    def adjtimex(self, pointer: object) -> int:
        ctypes.cast(pointer, ctypes.POINTER(clock._Timex)).contents.status = self._status  # type: ignore[arg-type] # noqa: SLF001
        return self._result


@pytest.mark.parametrize(
    ("kernel", "told"),
    [
        (Kernel(status=0x2001), True),
        (Kernel(status=0x2041), False),
        (Kernel(result=-1), None),
        (object(), None),
    ],
    ids=["synchronised", "unsynchronised", "refused", "not Linux"],
)
def test_the_kernel_is_asked_whether_a_time_server_was_heard(
    kernel: object, told: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_libc", lambda: kernel)
    assert clock.synchronised() is told


def test_asking_changes_nothing_and_works_here() -> None:
    assert clock.synchronised() in {True, False, None}
