"""Whether somebody who went down is up again."""

from typing import Final

from edge.posture.body import NS_PER_S
from edge.posture.features import Features
from edge.posture.stance import Posture, Stance

_UP_NS: Final = NS_PER_S
"""How long somebody must be up to be up again: a skeleton can stand up for some frames while its body lies."""

_SEATED_NS: Final = 10 * NS_PER_S
"""The same for somebody who only seems to sit: who has sat up on the floor with the legs to the camera looks as if on a
chair, and may not get farther without help."""

_HEAD_UP_M: Final = 0.8
_UPRIGHT_DEG: Final = 45.0
_UPRIGHT_WORLD_DEG: Final = 55.0
"""Standing or sitting on a chair; a camera that looks down by 20 degrees included."""

_RISEN_TORSOS: Final = 0.5
"""So near to where they were before the fall, the shoulders are up again."""


class Rise:
    """Follows one person after a descent."""

    def __init__(self) -> None:
        self._up_ns: int | None = None
        self._sat_ns = 0
        self._now_ns = 0

    @property
    def begun(self) -> bool:
        """Whether the person was up at the last sighting."""
        return self._up_ns is not None

    @property
    def risen(self) -> bool:
        """Whether they have been up for long enough not to have fallen, sitting on something included."""
        return self._up_for(0) >= _UP_NS

    @property
    def helped(self) -> bool:
        """Whether they have been up for long enough to need no help any more."""
        return self._up_for(self._sat_ns) >= _UP_NS or self._up_for(0) >= _SEATED_NS

    def see(self, now: Features, stance: Stance, *, sunk: float | None) -> None:
        """Take in one sighting.

        Args:
            now: The body.
            stance: The posture, and whether the person lies on the floor.
            sunk: How far the shoulders are below where they were before, in torso lengths; None if that is not known.
        """
        self._now_ns = now.t_ns
        upright = now.head_up > _HEAD_UP_M and now.tilt < _UPRIGHT_DEG and now.tilt_world < _UPRIGHT_WORLD_DEG
        back = sunk is not None and sunk < _RISEN_TORSOS
        lies = stance.posture is Posture.LYING and stance.on_floor is True
        if lies or not (upright or back):
            self._up_ns = None
            return
        if self._up_ns is None:
            self._up_ns = now.t_ns
        if stance.posture is Posture.SITTING and not back:
            self._sat_ns = now.t_ns

    def _up_for(self, since_ns: int) -> int:
        return 0 if self._up_ns is None else self._now_ns - max(self._up_ns, since_ns)
