"""Topic names and device ids."""

import pytest

from edge.errors import ConfigError
from edge.publish.topics import DELIVERY, Topic, Topics, check_device, check_prefix


@pytest.mark.parametrize("text", ["a", "kitchen", "Gym_2-left", "7", "x" * 64])
def test_plain_device_ids_pass(text: str) -> None:
    assert check_device(text) == text


@pytest.mark.parametrize(
    "text", ["", "x" * 65, "a/b", "a b", "+", "#", "a#", "$SYS", "küche", "a\n", "a\0", "room.1", "٣"]
)
def test_other_device_ids_are_refused_in_one_line_that_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_device(text)
    assert "A-Z a-z 0-9 _ - are allowed" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["pose-edge", "site/floor-2/pose"])
def test_plain_prefixes_pass(text: str) -> None:
    assert check_prefix(text) == text


@pytest.mark.parametrize("text", ["", "/", "a/", "/a", "a//b", "a/+/b", "#", "$share/a", "a b", "ä", "a/" * 9 + "a"])
def test_other_prefixes_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_prefix(text)
    assert "\n" not in str(caught.value)


def test_names_are_prefix_device_and_kind() -> None:
    assert Topics("hall").name(Topic.STATUS) == "pose-edge/hall/status"
    assert Topics("hall", "site/pose").name(Topic.EVENT) == "site/pose/hall/event"


def test_topics_of_an_unusable_device_cannot_be_made() -> None:
    with pytest.raises(ConfigError):
        Topics("a/b")


def test_every_kind_has_its_delivery() -> None:
    assert set(DELIVERY) == set(Topic)


def test_events_are_never_retained() -> None:
    assert not DELIVERY[Topic.EVENT].retain
