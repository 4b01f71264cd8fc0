"""The landmark stream: one message a tick of a steady clock, whatever the pace of the model runs."""

from collections.abc import Callable
from typing import Final

from edge.flow import Tracks
from edge.schedule import Schedule

_NS_PER_S: Final = 1_000_000_000

_SLEW: Final = 0.5
"""Share of a period by which the stream falls back at each tick while results come later than it has promised: times
then go on rising, at half speed."""

_NOBODY_NS: Final = 3 * _NS_PER_S
"""So long after the last message with people in it the stream rests. Ninety empty messages in a row reach everybody,
though each may be lost; and who counted as hidden has been reported as gone by then."""

_REST_S: Final = 1.0
"""Time between two messages then: enough to show that the box lives. A message costs three threads' attention."""


class LandmarkStream:
    """Chooses what to publish at each tick: the newest inferred poses, or between them poses predicted to that instant.

    The stream runs a little behind the camera, by the age that the last inferred poses had when they were published,
    so that capture times of inferred and predicted messages are evenly spaced. They rise strictly: poses that come too
    late, after a prediction for their instant or a later one was sent, improve the next prediction and are never sent
    as new. With nobody in view for a while it rests, at one message a second, until somebody is found.

    Args:
        rate_hz: Messages a second.
        predict: Gives everyone at an instant between or after the poses inferred so far.
        publish: Takes the tracks of one message.
    """

    def __init__(self, *, rate_hz: float, predict: Callable[[int], Tracks], publish: Callable[[Tracks], None]) -> None:
        self._period_ns = round(_NS_PER_S / rate_hz)
        self._ticks = Schedule(1.0 / rate_hz)
        self._rest_ticks = Schedule(max(_REST_S, 1.0 / rate_hz))
        self._predict = predict
        self._publish = publish
        self._fresh: Tracks | None = None
        self._lag_ns: int | None = None
        self._last_ns: int | None = None
        self._nobody_since_ns: int | None = None
        self._resting = False

    def inferred(self, tracks: Tracks) -> None:
        """Take what a model run has given."""
        self._fresh = tracks
        if tracks.people:
            self._resting = False

    def wait_s(self, now_ns: int) -> float:
        """Seconds until the next tick."""
        return (self._rest_ticks if self._resting else self._ticks).wait_s(now_ns)

    def tick(self, now_ns: int) -> None:
        """Publish if a tick is due. Before the first model run there is nothing to say."""
        if not (self._rest_ticks if self._resting else self._ticks).due(now_ns):
            return
        # A look at an empty room, published whenever the next message is due, would look like a slow model.
        fresh, self._fresh = None if self._resting else self._fresh, None
        if fresh is not None and (self._last_ns is None or fresh.t_ns > self._last_ns):
            self._lag_ns = now_ns - fresh.t_ns
            self._send(fresh, now_ns)
            return
        if self._lag_ns is None:
            return
        if fresh is not None:
            self._lag_ns = min(now_ns - fresh.t_ns, self._lag_ns + round(_SLEW * self._period_ns))
        t_ns = now_ns - self._lag_ns
        if self._last_ns is None or t_ns > self._last_ns:
            self._send(self._predict(t_ns), now_ns)

    def _send(self, tracks: Tracks, now_ns: int) -> None:
        self._last_ns = tracks.t_ns
        self._publish(tracks)
        if tracks.people:
            self._nobody_since_ns, self._resting = None, False
        elif self._nobody_since_ns is None:
            self._nobody_since_ns = now_ns
        elif not self._resting and now_ns - self._nobody_since_ns >= _NOBODY_NS:
            self._resting = True
            self._rest_ticks.due(now_ns)
