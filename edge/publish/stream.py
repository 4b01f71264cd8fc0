"""The landmark stream: one message a tick of a steady clock, whatever the pace of the model runs."""

from collections.abc import Callable
from typing import Final

from edge.flow import Tracks
from edge.schedule import Schedule

_NS_PER_S: Final = 1_000_000_000

_SLEW: Final = 0.5
"""Share of a period by which the stream falls back at each tick while results come later than it has promised: times
then go on rising, at half speed."""

_ALIGN_NS: Final = 7_000_000
"""How long before its tick a model's answer should come: most then come in time, though runs differ by milliseconds."""

_EARLY_NS: Final = 12_000_000
"""An answer so shortly before its tick is published at once instead: fresher, and the worker wakes once instead of
twice."""

_ALIGN_STEP: Final = 0.03
"""Share of a period by which the ticks are moved at most with each answer, so that answers come where they should. The
rate stays within that of the one promised, and comes back to it in a second."""

_PAUSE_NS: Final = _NS_PER_S
"""A gap this long is a camera that was away, or a rest, and no message missed."""

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
        self.set_rate(rate_hz)
        self._tick_ns = 0
        self._met = self._missed = 0
        self._predict = predict
        self._publish = publish
        self._fresh: Tracks | None = None
        self._aligned = True
        self._lag_ns: int | None = None
        self._last_ns: int | None = None
        self._nobody_since_ns: int | None = None
        self._resting = False

    def set_rate(self, rate_hz: float) -> None:
        """Send so many messages a second from now on; capture times go on rising."""
        self._period_ns = round(_NS_PER_S / rate_hz)
        self._next_ns: int | None = None
        self._rest_ticks = Schedule(max(_REST_S, 1.0 / rate_hz))

    def inferred(self, tracks: Tracks) -> None:
        """Take what a model run has given."""
        self._fresh = tracks
        self._aligned = False
        if tracks.people:
            self._resting = False

    def take_missed(self) -> float:
        """Share of the messages due since the last call that could not be sent in time, 0..1."""
        share = self._missed / max(1, self._met + self._missed)
        self._met = self._missed = 0
        return share

    def wait_s(self, now_ns: int) -> float:
        """Seconds until the next tick."""
        if self._resting:
            return self._rest_ticks.wait_s(now_ns)
        return 0.0 if self._next_ns is None else max(0.0, (self._next_ns - now_ns) / _NS_PER_S)

    def tick(self, now_ns: int) -> None:
        """Publish if a tick is due. Before the first model run there is nothing to say."""
        if not (self._rest_ticks.due(now_ns) if self._resting else self._due(now_ns)):
            return
        # A look at an empty room, published whenever the next message is due, would look like a slow model.
        fresh, self._fresh = None if self._resting else self._fresh, None
        if fresh is not None and (self._last_ns is None or fresh.t_ns > self._last_ns):
            # As of its tick also when it is sent before that: the predictions that follow are sent at theirs.
            self._lag_ns = max(now_ns, self._tick_ns) - fresh.t_ns
            self._send(fresh, now_ns)
            return
        if self._lag_ns is None:
            return
        if fresh is not None:
            self._lag_ns = min(now_ns - fresh.t_ns, self._lag_ns + round(_SLEW * self._period_ns))
        t_ns = now_ns - self._lag_ns
        if self._last_ns is None or t_ns > self._last_ns:
            self._send(self._predict(t_ns), now_ns)

    def _due(self, now_ns: int) -> bool:
        """Whether it is time for a message, or nearly so and there is something new to say."""
        period_ns = self._period_ns
        if self._next_ns is None or now_ns >= self._next_ns + period_ns:
            if self._next_ns is not None and now_ns - self._next_ns < _PAUSE_NS:
                self._missed += (now_ns - self._next_ns) // period_ns
            self._next_ns = now_ns
        early_ns = 0
        if self._fresh is not None:
            if not self._aligned:
                self._aligned = True
                off_ns = (self._next_ns - now_ns - _ALIGN_NS + period_ns // 2) % period_ns - period_ns // 2
                most_ns = round(_ALIGN_STEP * period_ns)
                self._next_ns -= max(-most_ns, min(most_ns, off_ns))
            if self._last_ns is None or self._fresh.t_ns > self._last_ns:
                early_ns = min(_EARLY_NS, period_ns // 2)
        if now_ns < self._next_ns - early_ns:
            return False
        self._met += 1
        self._tick_ns = self._next_ns
        self._next_ns += period_ns
        return True

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
