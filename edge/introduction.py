"""What Home Assistant is told of this box."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge import __version__
from edge.config import Config
from edge.parts import make_topics
from edge.publish.discovery import NOTE, Features, Identity, announcement, birth_topic, record, recorded, topic
from edge.publish.reception import Announcement
from edge.publish.tunables import Tunable
from edge.service.readings import read

logger = logging.getLogger(__name__)

_MODEL: Final = Path("/proc/device-tree/model")


def introduction(
    config: Config, tunables: tuple[Tunable, ...], noted: Mapping[str, bytes]
) -> tuple[Announcement | None, tuple[str, bytes | None] | None]:
    """The announcement, and the note to keep of it.

    With discovery switched off, a device that was announced before is taken away once.

    Args:
        config: The whole configuration.
        tunables: Settings that may be changed over MQTT.
        noted: What earlier runs kept.
    """
    identity = Identity(topics=make_topics(config), version=__version__, hardware=_hardware())
    prefix, before = config.discovery.prefix, recorded(noted.get(NOTE))
    where, birth = topic(identity, prefix), birth_topic(prefix)
    if not config.discovery.enabled:
        return (Announcement(where, b"", birth), (NOTE, None)) if before else (None, None)
    now = read()
    features = Features(
        zones=tuple(zone.name for zone in config.zones),
        temperature=now.temperature_c is not None,
        throttled=now.throttled is not None,
        tunables=tunables,
    )
    payload = announcement(identity, features, before=before)
    return Announcement(where, payload, birth), (NOTE, record(identity, features, before=before))


def _hardware() -> str | None:
    try:
        return _MODEL.read_text(encoding="utf-8").strip("\0 \n") or None
    except (OSError, ValueError):
        return None
