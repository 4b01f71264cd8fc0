"""From pictures to `view_lost` and `view_restored`: pace and posture in a row, for the daemon and for recordings."""

from edge.flow import Event, Frame
from edge.pace.glance import Eye
from edge.posture.view import ViewWatch


class Lookout:
    """Notices when the camera no longer sees the room.

    Args:
        live: Whether a camera delivers the frames. In a recording a repeated picture means nothing.
    """

    def __init__(self, *, live: bool = True) -> None:
        self._eye = Eye()
        self._watch = ViewWatch(live=live)
        self.anew = False
        """Whether with the last look another place was taken for the room: the camera has been moved for good."""

    @property
    def view(self) -> str:
        """`ok`, or why the camera cannot see."""
        return self._watch.trouble or "ok"

    def look(self, frame: Frame) -> tuple[Event, ...]:
        """Take in a frame; `t_ns` rises from call to call. Once a second this takes half a millisecond."""
        self.anew = False
        glance = self._eye.glance(frame.image, frame.t_ns)
        if glance is None:
            return ()
        events = self._watch.update(glance)
        self.anew = self._watch.accepts(frame.t_ns)
        if self.anew or self._watch.good:
            self._eye.learn(anew=self.anew)
        return events
