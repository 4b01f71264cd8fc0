"""Settings changed over MQTT, and how they live beside the configuration file."""

import logging

import pytest

from edge.config import Config
from edge.reload import LIVE
from edge.settings import SETTABLE, Kept, settable, shown, value_of, with_value


def test_every_one_is_put_in_force_at_once_and_has_bounds() -> None:
    assert set(SETTABLE) <= LIVE
    assert [one.key for one in settable()] == list(SETTABLE)


def test_a_value_takes_the_place_of_the_file_s_also_after_a_restart() -> None:
    kept = Kept()
    kept.keep("posture.long_lie_s", 90.0, file=60.0)
    assert Kept(kept.note()).over(Config()).posture.long_lie_s == 90.0


def test_the_file_wins_once_it_says_something_new(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kept = Kept()
    kept.keep("posture.long_lie_s", 90.0, file=60.0)
    edited = with_value(Config(), "posture.long_lie_s", 30.0)
    assert kept.over(edited).posture.long_lie_s == 30.0
    assert kept.note() is None
    assert "posture.long_lie_s, set over MQTT to 90.0, is forgotten" in caplog.text


def test_a_value_set_twice_still_stands_for_the_file_s() -> None:
    kept = Kept()
    kept.keep("posture.long_lie_s", 90.0, file=60.0)
    kept.keep("posture.long_lie_s", 80.0, file=60.0)
    assert kept.over(Config()).posture.long_lie_s == 80.0


@pytest.mark.parametrize("note", [b"[]", b"no json", b'{"posture.long_lie_s": 3}', b'{"mqtt.broker": ["a", "b"]}'])
def test_a_note_that_cannot_be_read_or_says_too_much_changes_nothing(note: bytes) -> None:
    assert Kept(note).over(Config()) == Config()


def test_a_value_that_is_no_longer_allowed_is_forgotten() -> None:
    kept = Kept()
    kept.keep("posture.long_lie_s", -1.0, file=60.0)
    assert kept.over(Config()) == Config()
    assert kept.note() is None


def test_the_state_shows_each_of_them() -> None:
    assert shown(Config()) == {key: value_of(Config(), key) for key in SETTABLE}
