"""Counts one person's repetitions."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.exercise.arms import BicepCurl, JumpingJack
from edge.posture.exercise.bridge import SHORTEST_S, Bridge
from edge.posture.exercise.figure import Figure, figure_of
from edge.posture.exercise.floor import PushUp, SitUp
from edge.posture.exercise.legs import Lunge, Squat
from edge.posture.exercise.movement import Movement, Verdict
from edge.posture.exercise.plank import PlankHold
from edge.posture.exercise.rhythm import Gap, hidden
from edge.posture.exercise.sets import Attempt, Set, held
from edge.posture.exercise.swing import Turn
from edge.posture.stance import Stance

_MEMORY_S: Final = 10.0
"""Longer than any repetition."""

_RHYTHM_S: Final = 2.5
"""Longest pause between likely repetitions that keep each other company."""

_ALIKE: Final = 0.55
"""Share of the largest that the range of motion of repetitions that keep each other company must have."""

_OWN_RANGE: Final = 0.45
"""Share of the set's mean range of motion below which a repetition is a twitch between two."""

_AT_ONCE_S: Final = 2.0
"""Nobody who got up sits down again so soon."""

_UNEVEN: Final = 2.5
"""How many times longer one of them may take than the other."""

_FEWEST: Final = 3
"""Instants that a repetition must have been seen at."""

_FEWEST_PER_S: Final = 3.5
"""The same, a second: of somebody seen more rarely, nobody knows what happened between."""

_STILL_AT_REST: Final = 0.1
"""Share of the depth that belongs to the rest before a repetition."""

_FROM_HIGHER: Final = 0.35
"""The same when it began higher than the rest of the exercise."""

_PARTIAL: Final = 0.45
"""Share of the way back after which a repetition counts when the person is seen no more."""

_RECALLED_NS: Final = 3 * NS_PER_S // 2
"""Of somebody's past: who exercises is known to be a person within 0.6 s, and what takes longer may be furniture."""

_GOING_S: Final = 4.0
"""For so long after a repetition somebody is still in the middle of an exercise."""


_CONFIDENCE: Final = MappingProxyType({Verdict.LIKELY: 0.75, Verdict.SURE: 0.95})
"""Of a repetition; what is only likely is counted in company."""

_UNSEEN: Final = 0.5
"""Confidence in a repetition that nobody saw."""

_RECENT: Final = 12
"""Repetitions that tell the rhythm."""

_MOST_GAPS: Final = 50
"""More than are in so many repetitions that a rhythm could be read from."""

_REST: Final = 0.35
"""Share of a set's range of motion from its rest within which somebody is at rest."""


class ExerciseCounter:
    """Follows one person.

    Args:
        exercise: The only one to count, or None to recognise which it is.
        rest_s: Seconds without a repetition that end a set.
        shortest_hold_s: Seconds a plank must be held to be reported.
    """

    def __init__(self, *, exercise: str | None = None, rest_s: float = 8.0, shortest_hold_s: float = 3.0) -> None:
        self._exercise = exercise
        self._rest_s = rest_s
        movements: tuple[Movement, ...] = (
            Squat(),
            Lunge(),
            PushUp(),
            SitUp(),
            JumpingJack(),
            BicepCurl(),
            BicepCurl((0,)),
            BicepCurl((1,)),
        )
        self._movements = tuple(m for m in movements if exercise in (None, m.exercise))
        self._waiting: dict[Movement, list[Attempt]] = {movement: [] for movement in self._movements}
        self._recalled: list[Event] = []
        self._bridge = Bridge()
        self._figures: deque[Figure] = deque()
        self._gaps: deque[Gap] = deque(maxlen=_MOST_GAPS)
        self._set: Set | None = None
        self._track = 0
        self._now_s = self._seen_s = 0.0
        self._plank: PlankHold | None = None
        if exercise in (None, "plank", "pushup"):
            self._plank = PlankHold(shortest_s=shortest_hold_s, shortest_after_reps_s=max(shortest_hold_s, rest_s))

    @property
    def exercising(self) -> str | None:
        """The exercise the person is in the middle of."""
        if self._set is not None and self._now_s - self._set.end_s < _GOING_S:
            return self._set.exercise
        if self._plank is not None and self._plank.holding(self._now_s):
            return "plank"
        return None

    @property
    def repetitions(self) -> int:
        """Of the current set."""
        return len(self._set.attempts) if self._set else 0

    def recall(self, past: Iterable[Body]) -> None:
        """Take in how the person was seen before anybody knew of them; `update` tells what was done then.

        Args:
            past: By time, before the first `update`.
        """
        bodies = list(past)
        for body in bodies:
            if bodies[-1].t_ns - body.t_ns <= _RECALLED_NS:
                self._recalled += self._update(body)

    def update(self, body: Body, stance: Stance) -> tuple[Event, ...]:
        """Take in one instant; `body.t_ns` rises from call to call."""
        del stance
        recalled, self._recalled = self._recalled, []
        return (*(replace(event, t_ns=body.t_ns) for event in recalled), *self._update(body))

    def end(self, t_ns: int, *, fell: bool = False) -> tuple[Event, ...]:
        """The person has left.

        Args:
            t_ns: When.
            fell: The person has not left but fallen: what was under way is no repetition.
        """
        return tuple(self._finish(t_ns) if fell else self._end(t_ns))

    def _update(self, body: Body) -> Iterator[Event]:
        self._track, self._now_s = body.track, body.t_ns / NS_PER_S
        if self._set is not None and self._now_s - self._set.end_s > self._rest_s:
            yield from self._finish(body.t_ns)
        if body.seen:
            for one in self._bridge.update(body):
                yield from self._look(one, body.t_ns)

    def _look(self, body: Body, t_ns: int) -> Iterator[Event]:
        figure = figure_of(body)
        if figure is None:
            return
        self._remember(figure)
        if self._plank is not None and figure.seen:
            yield from self._held(self._plank.update(figure), t_ns)
        for movement in self._movements:
            turn = movement.swing.update(figure.t_s, movement.signal(figure))
            if turn is not None:
                yield from self._take(movement, turn, t_ns)

    def _end(self, t_ns: int) -> Iterator[Event]:
        for body in self._bridge.end():
            yield from self._look(body, t_ns)
        for movement in self._movements:
            turn = movement.swing.partial(_PARTIAL)
            if turn is not None:
                yield from self._take(movement, turn, t_ns)
            elif self._goes_on(movement):
                yield from self._accept(movement, t_ns)
        yield from self._finish(t_ns)
        if self._plank is not None:
            yield from self._held(self._plank.end(), t_ns)

    def _remember(self, figure: Figure) -> None:
        if figure.seen:
            if figure.t_s - self._seen_s > SHORTEST_S:
                self._gaps.append(Gap(self._seen_s, figure.t_s))
            self._seen_s = figure.t_s
        self._figures.append(figure)
        while figure.t_s - self._figures[0].t_s > _MEMORY_S:
            self._figures.popleft()

    def _take(self, movement: Movement, turn: Turn, t_ns: int) -> Iterator[Event]:
        turn, verdict = self._judged(movement, self._trimmed(movement, turn, _STILL_AT_REST))
        if verdict is Verdict.NO and movement.got_into and self._set is None:
            turn, verdict = self._judged(movement, self._trimmed(movement, turn, _FROM_HIGHER))
        if verdict is Verdict.NO:
            return
        going = self._set is not None and self._set.exercise == movement.exercise
        if going and self._set is not None and turn.depth < _OWN_RANGE * self._set.depth:
            return
        waiting = self._waiting[movement]
        if waiting and not _in_rhythm(waiting[-1].turn, turn):
            waiting.clear()
        waiting.append(Attempt(turn, _CONFIDENCE[verdict]))
        if verdict is Verdict.SURE or going or len(waiting) >= movement.company:
            yield from self._accept(movement, t_ns)

    def _accept(self, movement: Movement, t_ns: int) -> Iterator[Event]:
        attempts, self._waiting[movement] = self._waiting[movement], []
        enough = _ALIKE * max(attempt.turn.depth for attempt in attempts)
        for attempt in attempts:
            if attempt.turn.depth > enough or not attempt.turn.whole:
                yield from self._count(movement, attempt, t_ns)

    def _goes_on(self, movement: Movement) -> bool:
        """Whether a likely repetition was followed at once by the beginning of another one."""
        waiting, left_s = self._waiting[movement], movement.swing.left_s
        if not waiting or left_s is None:
            return False
        before = waiting[-1].turn
        return not before.whole and left_s - before.end_s < _AT_ONCE_S

    def _judged(self, movement: Movement, turn: Turn) -> tuple[Turn, Verdict]:
        figures = [figure for figure in self._figures if turn.start_s <= figure.t_s <= turn.end_s]
        seen_enough = sum(figure.seen for figure in figures) >= max(_FEWEST, _FEWEST_PER_S * turn.duration_s)
        return turn, movement.judge(turn, figures) if seen_enough else Verdict.NO

    def _trimmed(self, movement: Movement, turn: Turn, share: float) -> Turn:
        """The same turn, from when this share of the way down was left: somebody may have stood, or walked, before."""
        still = turn.high - share * turn.depth
        for figure in reversed(self._figures):
            if figure.t_s <= turn.start_s:
                break
            value = movement.signal(figure) if figure.t_s < turn.turn_s else None
            if value is not None and value > still:
                return replace(turn, start_s=figure.t_s)
        return turn

    def _count(self, movement: Movement, attempt: Attempt, t_ns: int) -> Iterator[Event]:
        turn = attempt.turn
        if self._set is not None:
            if turn.turn_s < self._set.end_s:  # the same motion, already counted as something
                return
            if self._set.exercise != movement.exercise:
                yield from self._finish(t_ns)
        if movement.exercise == PushUp.exercise and self._plank is not None:
            yield from self._held(self._plank.push_up(turn.start_s, turn.end_s), t_ns)
        if self._set is None:
            self._set = Set(movement.exercise)
        for one in (*self._unseen(self._set, movement, turn), attempt):
            self._set.add(one)
            yield self._set.rep(one, self._track, t_ns)

    def _unseen(self, going: Set, movement: Movement, turn: Turn) -> list[Attempt]:
        """What was done unseen before one more repetition, as far as only that one tells."""
        seen = [*going.seen[-_RECENT:], turn]
        rest = fmean(one.high for one in seen) - _REST * fmean(one.depth for one in seen)

        def resting(from_s: float, until_s: float) -> float:
            around = [figure for figure in self._figures if figure.seen and from_s <= figure.t_s <= until_s]
            steps = [
                after.t_s - before.t_s
                for before, after in pairwise(around)
                if after.t_s - before.t_s <= SHORTEST_S and _rests(movement.signal(after), rest)
            ]
            return sum(steps) / (until_s - from_s)

        return [Attempt(one, _UNSEEN, seen=False) for one in hidden(seen, going.hidden, self._gaps, resting)]

    def _finish(self, t_ns: int) -> Iterator[Event]:
        if self._set is not None:
            yield self._set.finished(self._track, t_ns)
            self._set = None

    def _held(self, hold_s: float | None, t_ns: int) -> Iterator[Event]:
        if hold_s is not None and self._exercise != PushUp.exercise:
            yield held("plank", hold_s, self._track, t_ns)


def _rests(value: float | None, rest: float) -> bool:
    return value is None or value > rest


def _in_rhythm(before: Turn, after: Turn) -> bool:
    if after.start_s - before.end_s > _RHYTHM_S:
        return False
    short, long = sorted((before.duration_s, after.duration_s))
    return long <= _UNEVEN * short or not before.whole  # of which only the end was seen
