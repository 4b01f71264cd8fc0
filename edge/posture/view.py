"""Whether the camera still sees the room: `view_lost` and `view_restored`."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.pace.glance import Glance

_DARK_LEVELS: Final = 12.0
"""Mean grey level below which nothing can be seen. Recorded rooms have 93 to 155; at 12 the noise of a small sensor is
as large as what the light makes."""

_FLAT_LEVELS: Final = 1.2
"""Mean difference of neighbouring cells below which the picture shows nothing. Recorded rooms have 5 to 14, an empty
white one in the studio 4.4; noise of 3 levels a pixel alone makes 0.85."""

_MOVED: Final = 0.4
"""Share of the room's parts still known below which the camera looks elsewhere. People near the camera and beds made
anew leave 0.5, a lamp, the sun and curtains 0.9."""

_HOLD_S: Final = {"covered": 5.0, "dark": 5.0, "moved": 10.0, "frozen": 15.0}
"""How long it must be so. Network cameras repeat a picture for up to ten seconds in which nothing happens, and somebody
may walk by close to the lens."""

_GOOD_S: Final = 3.0
"""How long the view must be good to be restored."""

_NEW_VIEW_S: Final = 600.0
"""After so long in another place, that place is the room."""

_NS_PER_S: Final = 1_000_000_000


class Trouble(StrEnum):
    """Why a camera cannot see."""

    COVERED = "covered"
    DARK = "dark"
    MOVED = "moved"
    FROZEN = "frozen"


class ViewWatch:
    """Judges glances over time.

    Args:
        live: Whether a camera delivers them: only then a repeated picture means that it is frozen.
    """

    def __init__(self, *, live: bool = True) -> None:
        self._live = live
        self._lost_ns = 0
        self._seems: Trouble | None = None
        self._since_ns: int | None = None
        self.trouble: Trouble | None = None
        """Why the camera cannot see; None while it can."""

    @property
    def good(self) -> bool:
        """Whether the last glance showed the room as it is, so that it can be remembered."""
        return self.trouble is None and self._seems is None

    def update(self, glance: Glance) -> tuple[Event, ...]:
        """Take in a glance; `glance.t_ns` rises from call to call."""
        seems = self._judge(glance)
        if self._since_ns is None or seems is not self._seems:
            self._seems, self._since_ns = seems, glance.t_ns
        held_s = (glance.t_ns - self._since_ns) / _NS_PER_S
        if seems is self.trouble or held_s < (_HOLD_S[seems] if seems else _GOOD_S):
            return ()
        before, self.trouble = self.trouble, seems
        if seems is None:
            return (_event("view_restored", glance, before, round((glance.t_ns - self._lost_ns) / _NS_PER_S, 1)),)
        if before is None:
            self._lost_ns = glance.t_ns
        return (_event("view_lost", glance, seems, None),)

    def accepts(self, t_ns: int) -> bool:
        """Whether the camera has been looking elsewhere for so long that this is the room now."""
        return self.trouble is Trouble.MOVED and t_ns - self._lost_ns >= _NEW_VIEW_S * _NS_PER_S

    def _judge(self, glance: Glance) -> Trouble | None:
        if glance.brightness < _DARK_LEVELS:
            return Trouble.DARK
        if self._live and glance.repeated:
            return Trouble.FROZEN
        if glance.texture < _FLAT_LEVELS:
            return Trouble.COVERED
        if glance.likeness is not None and glance.likeness < _MOVED:
            return Trouble.MOVED
        return None


def _event(kind: str, glance: Glance, reason: Trouble | None, lost_s: float | None) -> Event:
    data = {"reason": None if reason is None else reason.value}
    return Event(
        type=kind,
        t_ns=glance.t_ns,
        track=None,
        confidence=1.0,
        data=MappingProxyType(data if lost_s is None else data | {"lost_s": lost_s}),
    )
