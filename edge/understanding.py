"""From poses to people and events: track and posture in a row, the same for the daemon and for recordings."""

from edge.config import Config
from edge.flow import Event, Missing, Poses, Tracks
from edge.posture.observer import Observer
from edge.track.tracker import Tracker


class Understanding:
    """Carries what the box knows about the room from frame to frame. Knows no clock: time comes with the poses."""

    def __init__(self, config: Config) -> None:
        self._tracker = Tracker(
            birth_hits=config.track.birth_hits,
            occlusion_s=config.track.occlusion_s,
            smooth=config.detect.num_poses > 1,  # with one, MediaPipe smooths
        )
        self._observer = Observer(left_after_s=config.posture.left_after_s)

    @property
    def people(self) -> tuple[int, ...]:
        """Track ids of the people in the room."""
        return self._observer.people

    def update(self, poses: Poses) -> tuple[Tracks, tuple[Event, ...]]:
        """Take in one frame's poses; returns who is where, and what that means."""
        tracks = self._tracker.update(poses)
        return tracks, self._observer.update(tracks)

    def at(self, t_ns: int) -> Tracks:
        """Everyone as predicted to an instant; changes nothing."""
        return self._tracker.at(t_ns)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Who was lost while probably still there, as of the last update."""
        return self._tracker.missing

    @property
    def urgent(self) -> bool:
        """Whether somebody may be falling, is down, or was lost going down: no time to save model runs."""
        return self._observer.urgent or any(person.going_down for person in self.missing)

    def end(self, t_ns: int) -> tuple[Event, ...]:
        """The recording is over."""
        return self._observer.end(t_ns)
