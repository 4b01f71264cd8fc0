"""Counts one person's repetitions."""

from edge.flow import Event
from edge.posture.body import Body
from edge.posture.stance import Stance


class ExerciseCounter:
    """Follows one person.

    Args:
        exercise: The only one to count, or None to recognise which it is.
    """

    exercising: str | None = None
    """The exercise the person is in the middle of."""

    repetitions = 0
    """Of the current set."""

    def __init__(self, *, exercise: str | None = None) -> None:
        self._exercise = exercise

    def update(self, body: Body, stance: Stance) -> tuple[Event, ...]:
        """Take in one instant; `body.t_ns` rises from call to call."""
        del body, stance
        return ()

    def end(self, t_ns: int) -> tuple[Event, ...]:
        """The person has left."""
        del t_ns
        return ()
