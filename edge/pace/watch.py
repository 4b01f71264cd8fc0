"""In which frames to look for motion while something moves: seldom, as motion then only has to be seen to stop."""

from typing import Final

from edge.pace.motion import RESTLESS
from edge.schedule import FRAME_SLACK, Schedule

_WATCH_S: Final = 0.1
"""While something moves, motion and speed are looked at this often: enough to notice that it has stopped."""

_WATCH_LIVELY_S: Final = 0.4
"""The same while people are known to move: until they stop, what else moves decides nothing."""

_NS_PER_S: Final = 1_000_000_000


class Watch:
    """Tells frame by frame whether to look for motion.

    How fast people move is known of frames that the model sees, so it is those that are chosen, as long as they come
    often enough. Without that, where every third frame is one, each look for motion may fall on another for minutes:
    the speed is not learnt, and motion is looked for four times as often as it need be.
    """

    def __init__(self) -> None:
        self._due = Schedule(_WATCH_S, slack=FRAME_SLACK)
        self._lively_due = Schedule(_WATCH_LIVELY_S, slack=FRAME_SLACK)

    def due(self, t_ns: int, *, look_ns: int, speed: float) -> bool:
        """Whether to look for motion in a frame; True takes the turn.

        Args:
            t_ns: When it was taken.
            look_ns: Frames taken from this instant on are seen by the model.
            speed: How much people move, as far as it is known, in torso lengths a second.
        """
        lively = speed >= RESTLESS
        period_s = _WATCH_LIVELY_S if lively else _WATCH_S
        if 0 < look_ns - t_ns <= period_s * _NS_PER_S:
            return False
        return (self._lively_due if lively else self._due).due(t_ns)
