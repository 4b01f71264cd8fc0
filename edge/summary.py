"""What a whole recording held: the last word of `analyze` and `replay`."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """What was in the recording.

    Attributes:
        recording: Path of the video or trace.
        frames: Frames analysed.
        seconds: Length of the recording up to its last frame.
        frames_with_pose: Frames in which the model saw somebody.
        people: Different people, as far as the tracker can tell.
        events: How many events of each type.
    """

    recording: str
    frames: int
    seconds: float
    frames_with_pose: int
    people: int
    events: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def text(self) -> str:
        """For people."""
        share = 100 * self.frames_with_pose / self.frames if self.frames else 0.0
        events = ", ".join(f"{count} {name}" for name, count in sorted(self.events.items())) or "none"
        return (
            f"{self.recording}: {self.frames} frames, {self.seconds:.1f} s; a pose in {self.frames_with_pose} "
            f"({share:.0f} %); people: {self.people}; events: {events}"
        )
