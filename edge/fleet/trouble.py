"""What is wrong with boxes, as one who runs hundreds of them asks: who needs a carer, a visit, a new version?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from edge.watch.box import Box
from edge.watch.reading import number, text

TROUBLES: Final = ("fall", "offline", "blind", "silent", "behind", "hot", "slow", "waiting")
"""Worst first."""

SILENT_S: Final = 180.0
"""Three health messages of the rarest sensible rate, one a minute."""

MOST_WAITING: Final = 10
"""Events in a box's outbox while it is online: delivery does not keep up."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which boxes are shown.

    Attributes:
        troubles: Those with one of these; empty shows all.
        name: Shell pattern for device ids; None shows all.
    """

    troubles: frozenset[str] = frozenset()
    name: str | None = None

    def shows(self, box: Box, troubles: Iterable[str]) -> bool:
        """Whether a box is shown."""
        named = self.name is None or fnmatchcase(box.device, self.name)
        return named and (not self.troubles or not self.troubles.isdisjoint(troubles))


def common_version(boxes: Iterable[Box]) -> str | None:
    """The version that most boxes online run; None when none has said."""
    said = Counter(
        version for box in boxes if box.status == "online" and isinstance(version := box.health.get("version"), str)
    )
    return said.most_common(1)[0][0] if said else None


def troubles(box: Box, *, wanted: str | None, least_fps: float, now_s: float) -> list[str]:
    """What is wrong with a box, worst first; empty when nothing is.

    Args:
        box: As its messages tell it.
        wanted: Version that it should run; None asks for none.
        least_fps: Fewer frames a second from the camera are slow.
        now_s: Monotonic time.
    """
    found = ["fall"] if box.fallen else []
    if box.status != "online":
        return [*found, "offline"]
    if box.camera != "online" or box.state.get("view", "ok") != "ok":
        found.append("blind")
    if box.heard_s is not None and now_s - box.heard_s > SILENT_S:
        found.append("silent")
    version = box.health.get("version")
    if wanted is not None and version is not None and version != wanted:
        found.append("behind")
    if box.health.get("throttled") is True or box.health.get("limited_by") == "heat":
        found.append("hot")
    fps = number(box.health.get("fps_in"))
    if "blind" not in found and fps is not None and fps < least_fps:
        found.append("slow")
    waiting = number(box.health.get("outbox"))
    if waiting is not None and waiting > MOST_WAITING:
        found.append("waiting")
    return found


def rank(found: list[str]) -> int:
    """Where a box with these troubles stands in a list: the lower, the sooner somebody should look."""
    return TROUBLES.index(found[0]) if found else len(TROUBLES)


def as_json(box: Box, found: list[str]) -> dict[str, Any]:
    """A box for programs."""
    health = box.health
    last = box.events[-1] if box.events else None
    return {
        "device": box.device,
        "troubles": found,
        "status": box.status or None,
        "camera": box.camera or None,
        "people": box.people,
        "fall": box.fallen,
        **{
            key: health.get(key)
            for key in ("version", "fps_in", "fps_inferred", "temperature_c", "throttled", "uptime_s", "outbox")
        },
        "last_event": None if last is None else {"type": text(last.get("type")), "ts": text(last.get("ts"))},
        # Brokers keep no event. What changed last in the room they keep, and when.
        "changed": text(ts) if isinstance(ts := box.state.get("ts"), str) else None,
    }
