"""From poses to people and events: track and posture in a row, the same for the daemon and for recordings."""

from collections.abc import Mapping
from datetime import time
from functools import partial
from typing import Final

from edge.config import Config
from edge.flow import Event, Frame, Missing, Poses, Tracks
from edge.posture.body import NS_PER_S
from edge.posture.changes import Changes
from edge.posture.floor import Floor
from edge.posture.observer import Observer
from edge.posture.person import Patience, PersonNow
from edge.posture.zones import Hours, Zone, ZoneKind
from edge.schedule import FRAME_SLACK, Schedule
from edge.track.picture_motion import PictureMotion
from edge.track.tracker import Tracker

_OBSERVE_S: Final = 1 / 15
"""The most often that people are observed: between two frames of a camera of 30 a second no posture changes, and the
labelled recordings say the same at 15 (docs/accuracy.md). Tracks are kept at the camera's rate."""

_STEADY_NS: Final = round(0.19 * NS_PER_S)
"""People are observed five times a second while nobody moves up or down, nor raises a hand: who walks or sits does so
for longer. The labelled recordings say the same at ten."""


class Understanding:
    """Carries what the box knows about the room from frame to frame. Knows no clock: time comes with the poses.

    Args:
        config: The whole configuration.
        learned: What an earlier `learned` gave, of the same camera in the same place.
    """

    def __init__(self, config: Config, *, learned: Mapping[str, float] | None = None) -> None:
        self._tracker = Tracker(
            birth_hits=config.track.birth_hits,
            occlusion_s=config.track.occlusion_s,
            smooth=config.detect.num_poses > 1,  # with one, MediaPipe smooths
        )
        self._picture = PictureMotion()
        self._observe_due = Schedule(_OBSERVE_S, slack=FRAME_SLACK)
        self._changes = Changes()
        self.observed_ns: int | None = None
        """When people were last observed: postures, falls and all else that is told of them are as of then."""
        posture = config.posture
        self._floor = Floor.from_plain(
            learned or {}, height_m=posture.camera_height_m, pitch_deg=posture.camera_pitch_deg
        )
        self._observer = Observer(
            left_after_s=posture.left_after_s,
            zones=_zones(config),
            patience=_patience(config),
            floor=self._floor,
            past=self._tracker.past,
        )

    @property
    def learned(self) -> dict[str, float]:
        """What people have shown of the room so far, to be kept over a restart."""
        return self._floor.plain()

    @property
    def people(self) -> tuple[PersonNow, ...]:
        """The people in the room, the longest-known first."""
        return self._observer.people

    def update(self, poses: Poses, *, time_of_day: time | None = None) -> tuple[Tracks, tuple[Event, ...]]:
        """Take in one frame's poses; returns who is where, and what that means.

        Args:
            poses: `t_ns` rises from call to call.
            time_of_day: Local, for rules that depend on it; None where nobody knows it.
        """
        tracks = self._tracker.update(poses)
        if not self._observe_due.due(poses.t_ns) or self._is_steady(tracks):
            return tracks, ()
        self.observed_ns = poses.t_ns
        self._changes.observed(tracks)
        return tracks, self._observer.update(tracks, time_of_day=time_of_day)

    def _is_steady(self, tracks: Tracks) -> bool:
        """Whether nothing has changed that could not wait for the next turn."""
        if self.observed_ns is None or tracks.t_ns - self.observed_ns >= _STEADY_NS or self._observer.urgent:
            return False
        return not self._changes.since(tracks)

    def looking(self, frame: Frame) -> None:
        """The model was given this frame: the next poses are of it, and people are followed from it on."""
        self._picture.look(frame.image)

    def follow(self, frame: Frame) -> None:
        """Follow people in a frame after the last poses' one, so that `at` is closer to where they are."""
        self._tracker.follow(partial(self._picture.since_look, frame.image), frame.t_ns)

    def at(self, t_ns: int) -> Tracks:
        """Everyone as predicted to an instant; changes nothing."""
        return self._tracker.at(t_ns)

    def retune(self, config: Config) -> None:
        """Judge whoever comes from now on by these zones and times; people in the room keep their rules."""
        self._observer.retune(zones=_zones(config), patience=_patience(config))

    def forget_room(self) -> None:
        """The camera shows another place: what people have shown of the one before is not true of it."""
        self._floor.forget()

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


def _patience(config: Config) -> Patience:
    posture = config.posture
    return Patience(
        fall_after_s=posture.fall_after_s,
        found_on_floor_s=posture.found_on_floor_s,
        long_lie_s=posture.long_lie_s,
        inactivity_s=posture.inactivity_s,
        help_gesture_s=posture.help_gesture_s,
        set_rest_s=posture.set_rest_s,
    )


def _zones(config: Config) -> tuple[Zone, ...]:
    return tuple(
        Zone(
            name=zone.name,
            kind=ZoneKind(zone.kind),
            polygon=zone.polygon,
            exercise=zone.exercise,
            hours=Hours(*map(time.fromisoformat, zone.hours.split("-"))) if zone.hours else None,
        )
        for zone in config.zones
    )
