"""The live landmarker and the second look together: everybody that can be found in a frame."""

from collections.abc import Sequence
from typing import TypeAlias

from edge.detect.landmarker import LiveLandmarker
from edge.detect.second_look import SecondLook
from edge.detect.several import SeveralPeopleLandmarker
from edge.flow import Frame, Missing, Poses

AnyLandmarker: TypeAlias = LiveLandmarker | SeveralPeopleLandmarker
"""Both take the newest frame, answer it, and take the next."""


class Eyes:
    """Looks at a frame, and once more where somebody is missing in it.

    Args:
        landmarker: Sees most people, most of the time.
        second_look: Looks again for those whom it has lost.
    """

    def __init__(self, landmarker: AnyLandmarker, second_look: SecondLook) -> None:
        self._landmarker = landmarker
        self._second_look = second_look
        self._frame: Frame | None = None

    @property
    def busy(self) -> bool:
        """Whether a frame was submitted and its poses not yet taken."""
        return self._landmarker.busy

    @property
    def openings(self) -> int:
        """How often a second landmarker was made: each time, starting it up has taken memory that can be given back."""
        return self._second_look.openings

    def submit(self, frame: Frame) -> None:
        """Give a frame to the model; only when not `busy`."""
        self._frame = frame
        self._landmarker.submit(frame)

    def take(self, missing: Sequence[Missing]) -> Poses | None:
        """The poses of the frame in flight, or None if they are not there yet.

        Args:
            missing: Who was missing before this frame; now and then, looking for them adds a model run to this call.

        Raises:
            DetectorStalledError: They are overdue; this must not be used again.
        """
        poses = self._landmarker.take()
        if poses is None or self._frame is None:
            return None
        frame, self._frame = self._frame, None
        return poses.joined(self._second_look.look(frame, missing, known=poses))

    def close(self) -> None:
        """Release both. Not to be called after `DetectorStalledError`."""
        self._landmarker.close()
        self._second_look.close()
