"""What holds the rate of model runs down: heat, the CPU share allowed, and runs that take longer than frames.

Each is a limit on one ladder of rates. A limit comes down at once and goes up one rung at a time, with a patience that
doubles whenever going up proved wrong: no rate swings up and down around what the box can bear.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

NS_PER_S: Final = 1_000_000_000

RUNG: Final = 0.8
"""Each rung is this share of the one above: fine enough that some rung keeps a box between `COOLER_C` below its limit
and the limit, coarse enough that three halve the rate."""

_RUNGS: Final = 15
"""The lowest is 0.035 of the most: 1 frame a second of 30."""

_SETTLE_S: Final = 2.0
"""Time between two steps down: a step has to show before the next. Within 10 s the rate is down to a third."""

_HEAT_SETTLE_S: Final = 40.0
_HEAT_STEPS: Final = 5
"""The same for heat after five steps in 10 s, which is a third of the rate, and once a step up had to be taken back: a
heat sink takes minutes, and steps that do not wait for it end far too low."""

_HEAT_PATIENCE_S: Final = 60.0
_CPU_PATIENCE_S: Final = 10.0
_LATE_PATIENCE_S: Final = 5.0
"""How long all has to be well before a step up: a heat sink needs a minute, another program's burst is over in
seconds."""

_MOST_PATIENCE_S: Final = 900.0
"""The longest patience, once going up went wrong several times in a row."""

_REGRET: Final = 4.0
"""A step up that has to be taken back within this many patiences was wrong."""

COOLER_C: Final = 5.0
"""Hysteresis: this far below its limit the box may work harder again."""

_MUCH_TOO_HOT_C: Final = 3.0
"""So far above the limit two steps are taken at once, and so they are when the firmware throttles."""

_COOLING_C: Final = 0.5
"""While it cools by this much from reading to reading, the last step is enough for now: a large heat sink takes a
minute to show what a step does, and without waiting the rate would fall far too low."""

_HEADROOM: Final = 1.1
"""A run may take a tenth longer than its average without being late for the next."""

_MISSED: Final = 0.04
_MISSED_MANY: Final = 0.2
"""Shares of the landmark messages that were not sent in time beyond which one and two steps are taken: the processor
has too little left beside the model. The stream is promised to within a twentieth."""

_MISSED_LIMITED: Final = 0.025
"""The same once the rate is down: what every try to go up again costs comes on top, and a twentieth is the promise."""

_MISSED_FEW: Final = 0.015
"""A busy machine misses one now and then."""

_MISSED_NEWEST: Final = 0.33
"""Weight of the newest reading in the share that counts: of the sixty messages between two readings three are missed by
chance."""

_LEAST_BUSY: Final = 0.25
"""Share of the time below which model runs are not what keeps messages waiting."""

_MISSED_PATIENCE_S: Final = 8.0
_MOST_MISSED_PATIENCE_S: Final = 30.0
"""Going up costs messages when it proves wrong: one or two in a hundred, for some six of these seconds. What else the
machine does changes from minute to minute."""

_IN_VAIN: Final = 0.5
_IN_VAIN_AFTER_S: Final = 20.0
"""With model runs taking less than `_LEAST_BUSY` of the time, if too many messages are still missed, and more than this
share of those missed before the rate came down, for so long, it is something else that keeps them: the rate goes back
up."""

_IN_VAIN_S: Final = 300.0
"""For so long missed messages do not bring it down again then."""

_LEAST_FPS_FOR_MESSAGES: Final = 4.0
"""Late messages alone never bring the rate below this. The studio's walker, looked at every 0.25 s, was never lost in
1600 looks, every 0.31 s ten times in 1300; at one look a second the model loses whoever walks again and again, and
nobody new becomes a person."""

_CPU_HEADROOM: Final = 1.05

_RUNS_KEPT: Final = 20
_RUNS_LEFT_OUT: Final = 2
"""The average duration is that of the last 20 runs without the two longest: the first run after the start and a stall
of the machine say nothing about the next. Under a CPU quota every second run is long, and that does count."""

_RUNS_TO_JUDGE: Final = 5
"""So many runs between two readings say what a run costs; of fewer, the rest of the process is the larger part."""


class Ladder:
    """One limit's place on the ladder of rates.

    Args:
        patience_s: How long all has to be well before the first step up.
        most_patience_s: The same once going up has gone wrong several times in a row.
        lowest_rung: It goes down to there.
    """

    def __init__(
        self, patience_s: float, most_patience_s: float = _MOST_PATIENCE_S, *, lowest_rung: int = _RUNGS
    ) -> None:
        self.rung = 0
        """Steps down from the full rate."""
        self.took_back = False
        """Whether the steps down since the last step up took that back."""
        self.steps_down = 0
        """Steps down since the last step up."""
        self._lowest_rung = lowest_rung
        self._least_patience_s = patience_s
        self._most_patience_s = most_patience_s
        self._pressed_ns: int | None = None
        self._raised_ns: int | None = None
        self._easy_since_ns: int | None = None
        self._patience_s = patience_s

    @property
    def share(self) -> float:
        """Share of the full rate that is left, 0..1."""
        return RUNG**self.rung

    def press(self, t_ns: int, rungs: int = 1, *, settle_s: float = _SETTLE_S) -> None:
        """Too much: go down, unless the last step down is less than `settle_s` ago and may not have shown."""
        self._easy_since_ns = None
        if self._pressed_ns is not None and t_ns - self._pressed_ns < settle_s * NS_PER_S:
            return
        self.steps_down += 1
        self.took_back = self.took_back or self._raised_ns is not None
        if self._raised_ns is not None:
            wrong = t_ns - self._raised_ns < _REGRET * self._patience_s * NS_PER_S
            self._patience_s = min(self._most_patience_s, 2 * self._patience_s) if wrong else self._least_patience_s
            self._raised_ns = None
        self._pressed_ns = t_ns
        self.rung = min(self._lowest_rung, self.rung + rungs)

    def go_back(self) -> None:
        """All steps down were in vain."""
        self._easy_since_ns = self._raised_ns = None
        self.rung, self.steps_down, self.took_back = 0, 0, False

    def hold(self) -> None:
        """Neither too much nor clearly less: stay."""
        self._easy_since_ns = None

    def ease(self, t_ns: int) -> None:
        """All is well: go up a rung once it has been so for long enough."""
        if not self.rung:
            return
        if self._easy_since_ns is None:
            self._easy_since_ns = t_ns
        if t_ns - self._easy_since_ns >= self._patience_s * NS_PER_S:
            self.rung -= 1
            self.steps_down, self.took_back = 0, False
            self._raised_ns = self._easy_since_ns = t_ns


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the machine. None where it has no such sensor.

    Attributes:
        t_ns: When.
        cpu_percent: CPU share of this process since the last reading; 100 is one core.
        temperature_c: Of the processor.
        throttled: Whether the firmware holds the processor back now.
        missed: Share of the landmark messages since the last reading that were not sent in time, 0..1.
    """

    t_ns: int
    cpu_percent: float | None = None
    temperature_c: float | None = None
    throttled: bool | None = None
    missed: float = 0.0


class Limits:
    """Says how many model runs a second the box can bear.

    Args:
        max_inference_fps: The most runs a second when nothing limits.
        max_cpu_percent: CPU share that the process may use; 100 is one core.
        max_temperature_c: Where the rate begins to come down.
    """

    def __init__(self, *, max_inference_fps: float, max_cpu_percent: float, max_temperature_c: float) -> None:
        self._max_fps = max_inference_fps
        self._max_cpu_percent = max_cpu_percent
        self._max_temperature_c = max_temperature_c
        self._heat = Ladder(_HEAT_PATIENCE_S)
        self._cpu = Ladder(_CPU_PATIENCE_S)
        self._late = Ladder(_LATE_PATIENCE_S)
        self._missed = Ladder(
            _MISSED_PATIENCE_S,
            _MOST_MISSED_PATIENCE_S,
            lowest_rung=_lowest_rung(_LEAST_FPS_FOR_MESSAGES / max_inference_fps),
        )
        self._ladders = (
            ("heat", self._heat),
            ("CPU share", self._cpu),
            ("slow model runs", self._late),
            ("slow model runs", self._missed),
        )
        self._missed_share = self._missed_newest = 0.0
        self._missed_from = 0.0
        """The share missed before the rate came down for it."""
        self._in_vain_since_ns: int | None = None
        self._in_vain_until_ns = 0
        self._hotter_by_c = -math.inf
        self._durations_s: deque[float] = deque(maxlen=_RUNS_KEPT)
        self._runs = 0
        self._read_ns: int | None = None
        self._fps, self._reason = max_inference_fps, ""

    @property
    def fps(self) -> float:
        """Runs a second that can be borne now."""
        return self._fps

    @property
    def reason(self) -> str | None:
        """What limits now; None if nothing does."""
        return self._reason or None

    def ran(self, t_ns: int, duration_s: float) -> None:
        """Note how long a run took, from the frame's submission to its result.

        Args:
            t_ns: When it was done.
            duration_s: Seconds.
        """
        self._runs += 1
        durations_s = self._durations_s
        durations_s.append(duration_s)
        if not self._late.rung and max(durations_s) * _HEADROOM * self._max_fps <= 1.0:
            return  # Every run fits: so does the average, at every frame of most boxes.
        usual = sorted(durations_s)[:-_RUNS_LEFT_OUT]
        if len(usual) >= _RUNS_TO_JUDGE:
            self._fit(self._late, t_ns, len(usual) / max(sum(usual) * _HEADROOM, 1e-6))
            self._weigh()

    def read(self, reading: Reading, *, busy: bool) -> None:
        """Take in a look at the machine.

        Args:
            reading: The look; one every two seconds or so.
            busy: Whether runs came as fast as the limits allow since the last one. Rest says nothing about what a full
                rate would cost, so the CPU limit stays as it is.
        """
        self._feel(reading)
        runs, self._runs = self._runs, 0
        before_ns, self._read_ns = self._read_ns, reading.t_ns
        if before_ns is not None:
            self._judge(reading, runs=runs, since_ns=before_ns, busy=busy)
        self._weigh()

    def _judge(self, reading: Reading, *, runs: int, since_ns: int, busy: bool) -> None:
        """What the runs since the reading before have cost the process and its messages."""
        seconds = (reading.t_ns - since_ns) / NS_PER_S
        self._wait_less(reading, runs / max(seconds, 1e-6), busy=busy)
        if reading.cpu_percent is None:
            return
        if busy and runs >= _RUNS_TO_JUDGE:
            percent_a_run = reading.cpu_percent * seconds / runs
            self._fit(self._cpu, reading.t_ns, self._max_cpu_percent / max(percent_a_run * _CPU_HEADROOM, 1e-6))
        elif reading.cpu_percent > self._max_cpu_percent:
            self._cpu.press(reading.t_ns)

    def _wait_less(self, reading: Reading, runs_a_second: float, *, busy: bool) -> None:
        """Leave time for messages, if it is model runs that take it."""
        run_s = sum(self._durations_s) / max(1, len(self._durations_s))
        before, self._missed_newest = self._missed_newest, reading.missed
        self._missed_share += _MISSED_NEWEST * (reading.missed - self._missed_share)
        most = _MISSED_LIMITED if self._missed.rung else _MISSED
        lately = min(before, reading.missed)  # not one stall alone
        if self._missed_share > most and lately > _MISSED_FEW:
            if runs_a_second * run_s > _LEAST_BUSY:
                self._make_room(reading, max(lately, self._missed_share))
        elif self._missed_share < _MISSED_FEW:
            self._missed.ease(reading.t_ns)
        self._give_up_room(reading.t_ns, hardly_runs=busy and runs_a_second * run_s <= _LEAST_BUSY)

    def _make_room(self, reading: Reading, missed: float) -> None:
        if reading.t_ns < self._in_vain_until_ns:
            return
        ladder = self._missed
        if not ladder.rung:
            self._missed_from = missed
        # Below the rate that was too high, whichever limit held it there.
        held = max(ladder.rung for _, ladder in self._ladders) - ladder.rung
        ladder.press(reading.t_ns, held + (2 if reading.missed > _MISSED_MANY else 1))
        self._missed_share = _MISSED_FEW

    def _give_up_room(self, t_ns: int, *, hardly_runs: bool) -> None:
        """Go back up if the way down has been in vain."""
        in_vain = hardly_runs and self._missed.rung and self._missed_share > max(_MISSED, _IN_VAIN * self._missed_from)
        if not in_vain:
            self._in_vain_since_ns = None
        elif self._in_vain_since_ns is None:
            self._in_vain_since_ns = t_ns
        elif t_ns - self._in_vain_since_ns >= _IN_VAIN_AFTER_S * NS_PER_S:
            self._missed.go_back()
            self._in_vain_until_ns = t_ns + round(_IN_VAIN_S * NS_PER_S)

    def _feel(self, reading: Reading) -> None:
        throttled = bool(reading.throttled)
        if reading.temperature_c is None:
            over_c = 0.0 if throttled else -COOLER_C
        else:
            over_c = reading.temperature_c - self._max_temperature_c
        # Throttled and cool is a weak power supply. Runs get longer then, and that limit sees to it.
        throttled = throttled and over_c > -COOLER_C
        if throttled or over_c > _MUCH_TOO_HOT_C:
            self._heat.press(reading.t_ns, 2)
        elif over_c >= 0 and self._hotter_by_c - over_c < _COOLING_C:
            settled = self._heat.took_back or self._heat.steps_down >= _HEAT_STEPS
            self._heat.press(reading.t_ns, settle_s=_HEAT_SETTLE_S if settled else _SETTLE_S)
        elif over_c >= 0:
            self._heat.hold()
        elif over_c <= -COOLER_C:
            self._heat.ease(reading.t_ns)
        else:
            self._heat.hold()
        self._hotter_by_c = over_c

    def _fit(self, ladder: Ladder, t_ns: int, fps: float) -> None:
        """Bring a ladder to where `fps` runs a second fit."""
        fits = _rung(fps / self._max_fps)
        if fits > ladder.rung:
            ladder.press(t_ns, fits - ladder.rung)
        elif fits < ladder.rung:
            ladder.ease(t_ns)
        else:
            ladder.hold()

    def _weigh(self) -> None:
        """Find the limit that counts; it is asked for at every frame."""
        reason, ladder = max(self._ladders, key=lambda one: one[1].rung)
        self._fps = self._max_fps * ladder.share
        self._reason = reason if ladder.rung else ""


def _rung(share: float) -> int:
    """The highest rung on which no more than `share` of the full rate is used."""
    if share >= 1:
        return 0
    return min(_RUNGS, math.ceil(math.log(max(share, 1e-9)) / math.log(RUNG) - 1e-9))


def _lowest_rung(share: float) -> int:
    """The lowest rung on which `share` of the full rate or more is left."""
    return math.floor(math.log(share) / math.log(RUNG) + 1e-9) if share < 1 else 0
