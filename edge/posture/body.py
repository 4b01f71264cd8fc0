"""One person at one instant, in units that know nothing of the picture's size: what all posture rules read."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.flow import Track, Tracks
from edge.track.geometry import measured, points

Points: TypeAlias = NDArray[np.float64]

NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person at one instant.

    Attributes:
        track: The person's track id.
        t_ns: The instant.
        seen_ns: Capture time of the last frame in which the model saw this person.
        xy: `(33, 2)` in frame heights, y down, so that x and y weigh the same; may leave the picture.
        world: `(33, 3)` in metres as MediaPipe gives it: the hips' middle at 0, y down, z away from the camera.
        visibility: `(33,)`, 0..1. MediaPipe low-passes it over about ten frames: it lags.
        scale: Torso length in frame heights, as it would look from the side; at least 0.01.
        aspect: Frame width over frame height: the picture reaches from `(0, 0)` to `(aspect, 1)`.
        confidence: Of the track, 0..1.
    """

    track: int
    t_ns: int
    seen_ns: int
    xy: Points
    world: Points
    visibility: Points
    scale: float
    aspect: float
    confidence: float

    @property
    def seen(self) -> bool:
        """Whether the model saw the person at this very instant; else all of this is carried over or predicted."""
        return self.seen_ns == self.t_ns

    @property
    def unseen_s(self) -> float:
        """Seconds since the model last saw the person."""
        return (self.t_ns - self.seen_ns) / NS_PER_S

    @property
    def inside(self) -> NDArray[np.bool_]:
        """`(33,)`, which landmarks lie in the picture."""
        x, y = self.xy[:, 0], self.xy[:, 1]
        return (x >= 0.0) & (x <= self.aspect) & (y >= 0.0) & (y <= 1.0)


def body_of(track: Track, tracks: Tracks) -> Body:
    """The body of one of `tracks.people`."""
    xy = points(track.landmarks, width=tracks.width, height=tracks.height)
    return Body(
        track=track.id,
        t_ns=tracks.t_ns,
        seen_ns=track.seen_ns,
        xy=xy,
        world=track.world[:, :3].astype(np.float64),
        visibility=track.landmarks[:, 3].astype(np.float64),
        scale=measured(xy.tolist()).torso_scale,
        aspect=tracks.width / tracks.height,
        confidence=track.confidence,
    )
