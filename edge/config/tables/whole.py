"""All tables together, and what must agree between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from edge.config.forms import as_tuple
from edge.config.tables.detect import DetectTable
from edge.config.tables.device import DeviceTable, ServiceTable
from edge.config.tables.mqtt import MqttTable
from edge.config.tables.pace import PaceTable
from edge.config.tables.posture import PostureTable, TrackTable
from edge.config.tables.publish import DiscoveryTable, PublishTable
from edge.config.tables.source import SourceTable
from edge.config.tables.zone import MOST_ZONES, ZoneTable


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two or more keys that are each allowed and do not go together."""

    keys: tuple[str, ...]
    text: str


class Config(BaseModel):
    """Configuration of one pose-edge box: a TOML file with these tables, all of them optional."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, title="pose-edge configuration")

    device: DeviceTable = Field(default_factory=DeviceTable)
    source: SourceTable = Field(default_factory=SourceTable)
    detect: DetectTable = Field(default_factory=DetectTable)
    pace: PaceTable = Field(default_factory=PaceTable)
    track: TrackTable = Field(default_factory=TrackTable)
    posture: PostureTable = Field(default_factory=PostureTable)
    zones: Annotated[tuple[ZoneTable, ...], BeforeValidator(as_tuple)] = Field(default=(), max_length=MOST_ZONES)
    mqtt: MqttTable = Field(default_factory=MqttTable)
    publish: PublishTable = Field(default_factory=PublishTable)
    discovery: DiscoveryTable = Field(default_factory=DiscoveryTable)
    service: ServiceTable = Field(default_factory=ServiceTable)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if found := tuple(self.contradictions()):
            raise PydanticCustomError(
                "contradiction", "{text}", {"text": "; ".join(one.text for one in found), "found": found}
            )
        return self

    def contradictions(self) -> Iterator[Contradiction]:
        """What is wrong between keys rather than with one of them."""
        if self.posture.left_after_s < self.track.occlusion_s:
            yield Contradiction(
                ("posture.left_after_s", "track.occlusion_s"),
                f"posture.left_after_s ({self.posture.left_after_s:g}) must not be less than "
                f"track.occlusion_s ({self.track.occlusion_s:g}): a person who is only hidden has not left",
            )
        yield from (Contradiction(("zones",), text) for text in self._zone_contradictions())
        if self.mqtt.password is not None and self.mqtt.password_file is not None:
            yield Contradiction(
                ("mqtt.password", "mqtt.password_file"),
                "mqtt.password and mqtt.password_file are both given: keep one",
            )
        for key in ("ca_file", "cert_file", "key_file"):
            if getattr(self.mqtt, key) is not None and not self.mqtt.tls:
                yield Contradiction(
                    (f"mqtt.{key}", "mqtt.tls"), f"mqtt.{key} is given without mqtt.tls: set tls = true, or remove it"
                )
        if self.mqtt.key_file is not None and self.mqtt.cert_file is None:
            yield Contradiction(
                ("mqtt.key_file", "mqtt.cert_file"), "mqtt.key_file is given without mqtt.cert_file: a key needs both"
            )
        for key in ("password", "password_file"):
            if getattr(self.mqtt, key) is not None and self.mqtt.username is None:
                yield Contradiction(
                    (f"mqtt.{key}", "mqtt.username"), f"mqtt.{key} is given without mqtt.username: brokers need both"
                )

    def _zone_contradictions(self) -> Iterator[str]:
        taken: dict[str, int] = {}
        for number, zone in enumerate(self.zones):
            place = f"zones[{number}] ({zone.name})"
            if zone.name in taken:
                yield f"{place}: zones[{taken[zone.name]}] has the same name: choose another"
            taken.setdefault(zone.name, number)
            if zone.exercise is not None and zone.kind != "station":
                yield f"{place}: exercise is for a station, and this is a {zone.kind}: remove it"
            if zone.hours is not None and zone.kind != "bed":
                yield f"{place}: hours are for a bed, and this is a {zone.kind}: remove them"
