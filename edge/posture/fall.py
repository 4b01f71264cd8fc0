"""Whether a person has fallen."""

from edge.flow import Event
from edge.posture.body import Body
from edge.posture.stance import Stance


class FallWatch:
    """Follows one person."""

    down = False
    """Whether the person is down after a fall: `fall_detected` was said and not yet cleared."""

    urgent = False
    """Whether the person may be falling or is down: no time to save model runs."""

    def update(self, body: Body, stance: Stance, *, resting: bool, exercising: bool) -> tuple[Event, ...]:
        """Take in one instant.

        Args:
            body: `t_ns` rises from call to call.
            stance: The posture at this instant.
            resting: Whether the person is in a bed or on a sofa, where lying is no fall.
            exercising: Whether the person is in the middle of a floor exercise.
        """
        del body, stance, resting, exercising
        return ()
