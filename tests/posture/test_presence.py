import numpy as np

from edge.flow import Event, Track, Tracks
from edge.posture.presence import Presence

S = 1_000_000_000


def tracks(t_s: float, **seen_s: float) -> Tracks:
    """People by name `p<ID>` with the time at which each was last seen."""
    people = tuple(
        Track(
            id=int(name[1:]),
            landmarks=np.zeros((33, 5), dtype=np.float32),
            world=np.zeros((33, 4), dtype=np.float32),
            seen_ns=round(seen * S),
            predicted=seen < t_s,
            confidence=0.8,
        )
        for name, seen in seen_s.items()
    )
    return Tracks(t_ns=round(t_s * S), seq=0, width=640, height=480, people=people)


def kinds(events: tuple[Event, ...]) -> list[tuple[str, int | None]]:
    return [(event.type, event.track) for event in events]


def test_a_new_track_enters_once() -> None:
    presence = Presence()
    assert kinds(presence.update(tracks(1.0, p1=1.0))) == [("person_entered", 1)]
    assert presence.update(tracks(1.1, p1=1.1)) == ()
    assert presence.people == (1,)


def test_an_ended_track_leaves_after_the_wait_and_says_how_long_it_stayed() -> None:
    presence = Presence(left_after_s=3.0)
    presence.update(tracks(1.0, p1=1.0))
    presence.update(tracks(5.0, p1=5.0))
    assert presence.update(tracks(7.9)) == ()
    (left,) = presence.update(tracks(8.0))
    assert (left.type, left.track, left.data["stayed_s"]) == ("person_left", 1, 4.0)
    assert presence.people == ()


def test_a_track_that_is_only_held_does_not_leave() -> None:
    presence = Presence(left_after_s=1.0)
    presence.update(tracks(1.0, p1=1.0))
    assert presence.update(tracks(4.0, p1=1.0)) == ()


def test_at_the_end_of_a_recording_everybody_leaves() -> None:
    presence = Presence()
    presence.update(tracks(1.0, p1=1.0, p2=1.0))
    assert kinds(presence.end(2 * S)) == [("person_left", 1), ("person_left", 2)]
    assert presence.people == ()
