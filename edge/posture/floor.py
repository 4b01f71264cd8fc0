"""Where the floor is and which way is up, as the people who stand and walk in view show it."""

from collections.abc import Mapping
from math import atan2, cos, degrees, hypot, radians, sin, sqrt, tan
from typing import Final, Self

from edge.posture.body import Body
from edge.posture.features import Features, features_of

_TORSO_M: Final = 0.5
"""From the middle of the shoulders to the middle of the hips, of grown-ups: 0.48 to 0.54 m."""

_FOCAL: Final = 1.15
"""Focal length in frame heights where nobody knows better: a Camera Module 3 has 1.13 in 16:9, version 2 1.18."""

_STANDS_M: Final = 1.1
_STRAIGHT_DEG: Final = 150.0
_UPRIGHT_DEG: Final = 25.0
"""Only who stands plainly teaches: nose so high above the ankles, a knee straight, the trunk hardly tilted."""

_WHOLE: Final = 0.99
"""And all of the body in the picture: the model guesses feet that it does not see."""

_MEMORY: Final = 2000.0
"""Sightings after which old ones have faded to a third: some minutes of people in view."""

_RESTORED: Final = 300.0
"""What was learned before a restart counts as so many sightings: enough to be believed, and half a minute of people
outweighs it if the camera was hung elsewhere in the meantime."""

_ENOUGH: Final = 30.0
"""Sightings before the floor counts as known: a few seconds."""

_ENOUGH_RANGE: Final = 0.15
"""Standard deviation of the apparent size, as a share of it, from which the slope of the floor can be told: somebody
has come nearer or gone away by a third."""

_HIGHEST_M: Final = 4.0
_LOWEST_M: Final = 0.2
"""Cameras hang in between; a fitted line that says otherwise is no floor."""

_SMALLEST: Final = 1e-6
_LARGEST: Final = 1e3
"""Spreads of landmarks, in squares of frame heights and metres, that can be of bodies."""

_FIGURES: Final = ("weight", "size", "foot", "size_size", "size_foot", "up_x", "up_y", "up_z")


class Floor:
    """The floor and the vertical of one camera's view; one for all people in it.

    The foot of somebody who stands lies in the picture at `horizon + slope * size`, where `size` is the torso's length:
    on a plane, both shrink alike with the distance. The slope is the camera's height in torsos, over the cosine of its
    pitch.

    Args:
        height_m: How high the camera hangs, in metres; None where not known.
        pitch_deg: How far it looks down, in degrees; None where not known. With both, the floor is known at once, and
            what people show is not needed.
        focal: Focal length in frame heights.
    """

    def __init__(self, *, height_m: float | None = None, pitch_deg: float | None = None, focal: float = _FOCAL) -> None:
        self._sums = dict.fromkeys(_FIGURES, 0.0)
        self._given: tuple[float, float] | None = None
        self._pitch_deg = pitch_deg
        if height_m is not None and pitch_deg is not None:
            pitch = radians(pitch_deg)
            self._given = 0.5 - focal * tan(pitch), height_m / (_TORSO_M * cos(pitch))

    @classmethod
    def from_plain(
        cls, values: Mapping[str, float], *, height_m: float | None = None, pitch_deg: float | None = None
    ) -> Self:
        """What `plain` gave, kept over a restart; values that make no sense are forgotten.

        Args:
            values: As `plain` gives them.
            height_m: As for the class.
            pitch_deg: As for the class.
        """
        floor = cls(height_m=height_m, pitch_deg=pitch_deg)
        known = {name: values.get(name) for name in _FIGURES}
        if all(isinstance(value, int | float) and abs(value) < float("inf") for value in known.values()):
            sums = {name: float(value or 0.0) for name, value in known.items()}
            if sums["weight"] > 0:
                share = min(1.0, _RESTORED / sums["weight"])
                floor._sums = {name: share * value for name, value in sums.items()}
        return floor

    def plain(self) -> dict[str, float]:
        """What was learned, as plain numbers that can be written down."""
        return dict(self._sums)

    def forget(self) -> None:
        """The camera has been moved: what was learned is of another place."""
        self._sums = dict.fromkeys(_FIGURES, 0.0)

    def see(self, body: Body) -> None:
        """Learn from a body, if it stands and is wholly seen."""
        now = features_of(body) if body.seen else None
        if now:
            self.learn(now, body)

    def learn(self, now: Features, body: Body) -> None:
        """The same, where the features are known already."""
        standing = now.head_up > _STANDS_M and now.knee > _STRAIGHT_DEG and now.tilt < _UPRIGHT_DEG
        if not standing or now.inside < _WHOLE:
            return
        axis = body.world[11] + body.world[12] - body.world[27] - body.world[28]
        x, y, z = axis.tolist()
        length, size = hypot(x, y, z), _size(body)
        if not 0 < length < float("inf") or size is None:
            return
        sums, keep = self._sums, 1.0 - 1.0 / _MEMORY
        new = (1.0, size, now.foot_y, size**2, size * now.foot_y, x / length, y / length, z / length)
        for name, value in zip(_FIGURES, new, strict=True):
            sums[name] = keep * sums[name] + value

    @property
    def up(self) -> tuple[float, float, float] | None:
        """Straight up, as a unit vector in the camera's axes (x right, y down, z away); None if not known."""
        if self._pitch_deg is not None:
            return 0.0, -cos(radians(self._pitch_deg)), -sin(radians(self._pitch_deg))
        if self._sums["weight"] < _ENOUGH:
            return None
        x, y, z = (self._sums[name] for name in ("up_x", "up_y", "up_z"))
        length = hypot(x, y, z)
        return (x / length, y / length, z / length) if length > 0 else None

    @property
    def pitch_deg(self) -> float | None:
        """How far the camera looks down, in degrees, as bodies show it; None if not known."""
        up = self.up
        return degrees(atan2(-up[2], -up[1])) if up else None

    @property
    def line(self) -> tuple[float, float] | None:
        """`(horizon, slope)` of the floor; None if not known."""
        if self._given:
            return self._given
        sums = self._sums
        weight = sums["weight"]
        if weight < _ENOUGH:
            return None
        size, foot = sums["size"] / weight, sums["foot"] / weight
        variance = sums["size_size"] / weight - size**2
        if size <= 0 or sqrt(max(0.0, variance)) < _ENOUGH_RANGE * size:
            return None
        slope = (sums["size_foot"] / weight - size * foot) / variance
        if not _LOWEST_M <= slope * _TORSO_M <= _HIGHEST_M:
            return None
        return foot - slope * size, slope

    def height(self, body: Body) -> float | None:
        """How high the hips are above the floor, in torso lengths; None if the floor is not known.

        Standing gives 1.8, lying on a bed 1.2, lying on the floor 0 to 0.5. It is as wrong as the apparent size, times
        the slope: by half a torso if the size is wrong by a tenth.
        """
        line, size = self.line, _size(body)
        if line is None or size is None:
            return None
        horizon, slope = line
        return (horizon + slope * size - float(body.xy[23, 1] + body.xy[24, 1]) / 2) / size


def _size(body: Body) -> float | None:
    """How long a torso at the body's distance looks from the side, in frame heights; None if that makes no sense.

    The ratio of the body's spread in the picture to its spread in metres does not depend on the posture.
    """
    metres = float(body.world[:, :2].var(axis=0).sum())
    picture = float(body.xy.var(axis=0).sum())
    if not (_SMALLEST < metres < _LARGEST and _SMALLEST < picture < _LARGEST):
        return None
    return _TORSO_M * sqrt(picture / metres)
