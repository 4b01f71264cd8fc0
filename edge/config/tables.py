"""The whole configuration, table by table: every key with its bounds, its default, and what it means.

The texts here are also the comments of `config/pose-edge.toml`, the tables of `docs/configuration.md` and the JSON
Schema, so a key is explained in one place. A key stands here only once something reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from edge.config.forms import (
    Broker,
    Brokers,
    DeviceId,
    FilePath,
    HoursOfDay,
    ModelSource,
    Outline,
    Password,
    Polygons,
    SourceUri,
    Text,
    TopicPrefix,
    UrlPath,
    ZoneName,
    as_tuple,
    host_id,
)
from edge.errors import ConfigError


class Table(BaseModel):
    """One table of the file. Types are strict: `"30"` is not a number and `1` is not true."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class DeviceTable(Table):
    """Who this box is."""

    id: DeviceId = Field(
        default_factory=host_id,
        title="Device id",
        description=(
            "Names the box in every topic and to the broker. Must differ from box to box; "
            "left out, it is made from the host name."
        ),
        examples=["bar1"],
    )


class SourceTable(Table):
    """Where frames come from."""

    uri: SourceUri = Field(
        default="picamera",
        repr=False,
        title="Source",
        description=(
            "The camera to watch: picamera (the Pi's own), v4l2:0 (USB), rtsp://… (network), "
            "file:PATH (a recording) or studio:SCENE (a rendered person, for trials without a camera)."
        ),
    )
    width: int = Field(
        default=640,
        ge=160,
        le=1920,
        multiple_of=2,
        title="Width",
        description="Width of the pictures asked of the camera, in pixels. The model looks at 256×256 of a person.",
    )
    height: int = Field(
        default=480,
        ge=120,
        le=1080,
        multiple_of=2,
        title="Height",
        description="Height of the pictures asked of the camera, in pixels.",
    )
    fps: float = Field(
        default=30.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Frame rate",
        description="Pictures a second asked of the camera. A recording keeps its own rate.",
    )
    rotation: Literal[0, 90, 180, 270] = Field(
        default=0,
        title="Rotation",
        description="Degrees by which the picture is turned clockwise, for a camera hung sideways or upside down.",
    )
    hflip: bool = Field(
        default=False, title="Flip left and right", description="Mirrors the picture, after it was turned."
    )
    vflip: bool = Field(
        default=False, title="Flip top and bottom", description="Turns the picture on its head, after it was turned."
    )
    loop: bool = Field(
        default=False,
        title="Loop",
        description="Starts a recording (file:PATH) or a scene of the studio again when it ends, instead of leaving.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Chooses the person and the noise of the studio: the same number gives the same pictures.",
    )
    privacy_masks: Polygons = Field(
        default=(),
        max_length=32,
        title="Privacy masks",
        description=(
            "Parts of the picture that are blackened before anything looks at it: polygons of [x, y] in 0 to 1, "
            "from the top left of the turned and flipped picture."
        ),
        examples=[[[[0.0, 0.0], [0.3, 0.0], [0.3, 1.0], [0.0, 1.0]]]],
    )
    read_timeout_s: float = Field(
        default=5.0,
        ge=0.1,
        le=60,
        allow_inf_nan=False,
        title="Read timeout",
        description="Seconds without a picture after which the camera counts as offline.",
    )


class DetectTable(Table):
    """How people are found in a frame. The options of MediaPipe's Pose Landmarker have their own names."""

    model: Literal["lite", "full", "heavy"] = Field(
        default="lite",
        title="Model",
        description="Which pose model to run: lite for a Pi, full and heavy are more exact and slower.",
    )
    model_dir: FilePath | None = Field(
        default=None,
        title="Model folder",
        description="Where the model bundles are kept. Left out: the service's folder under systemd, else the user's.",
        examples=["/var/lib/pose-edge/models"],
    )
    model_source: ModelSource | None = Field(
        default=None,
        repr=False,
        title="Model source",
        description="File, folder or mirror URL where `pose-edge models fetch` looks before the pinned sources.",
        examples=["/srv/mirror/pose-edge"],
    )
    num_poses: int = Field(
        default=1,
        ge=1,
        le=4,
        title="People at once",
        description=(
            "The most people to find. With 1 MediaPipe smooths the landmarks; with more it costs about twice as much "
            "and a bystander is less likely to be taken for the person who fell."
        ),
    )
    min_pose_detection_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Detection confidence",
        description=(
            "Lowest score at which the detector reports a person. Higher means fewer people seen in empty rooms, "
            "and fewer of those who lie on the floor."
        ),
    )
    min_pose_presence_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Presence confidence",
        description="Lowest score at which landmarks count as a person in the place that was looked at.",
    )
    min_tracking_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Tracking confidence",
        description="Lowest score at which a person is followed to the next frame without detecting anew.",
    )
    output_segmentation_masks: bool = Field(
        default=False,
        title="Segmentation masks",
        description="Also computes each person's outline. Costs time; nothing of it is published.",
    )
    delegate: Literal["CPU", "GPU"] = Field(
        default="CPU", title="Delegate", description="What runs the networks. A Pi has nothing but the CPU for this."
    )
    result_timeout_s: float = Field(
        default=10.0,
        ge=1,
        le=120,
        allow_inf_nan=False,
        title="Result timeout",
        description="Seconds the model may take for one frame before pose-edge gives up and is started anew.",
    )


class PaceTable(Table):
    """Which frames are worth a model run."""

    max_inference_fps: float = Field(
        default=30.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Most model runs",
        description=(
            "The most frames a second the model looks at, when somebody moves. Fewer keep the box cooler. "
            "In an empty room, and while people are still, it looks far less often by itself."
        ),
    )
    min_inference_fps: float = Field(
        default=5.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        title="Fewest model runs",
        description=(
            "The fewest frames a second the model looks at while somebody is falling or lies on the floor, however hot "
            "or busy the box is. More than max_inference_fps counts as max_inference_fps."
        ),
    )
    heartbeat_s: float = Field(
        default=3.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        title="Heartbeat",
        description=(
            "Seconds between two looks at an empty room in which nothing moves. They find those who came in too slowly "
            "to be seen moving, or were there from the start."
        ),
    )
    max_cpu_percent: float = Field(
        default=100.0,
        ge=5,
        le=800,
        allow_inf_nan=False,
        title="Most CPU",
        description="Share of the processor that pose-edge may use, in percent of one core. A Pi has 400.",
    )
    max_temperature_c: float = Field(
        default=75.0,
        ge=40,
        le=100,
        allow_inf_nan=False,
        title="Highest temperature",
        description=(
            "Degrees Celsius of the processor from which the model looks less often, step by step. "
            "A Pi holds its processor back at 80 to 85 degrees."
        ),
    )


class TrackTable(Table):
    """Who is who from frame to frame."""

    birth_hits: int = Field(
        default=3,
        ge=1,
        le=60,
        title="Sightings to be real",
        description="Frames in which somebody must be seen to count as a person. More means fewer phantoms.",
    )
    occlusion_s: float = Field(
        default=1.5,
        ge=0,
        le=60,
        allow_inf_nan=False,
        title="Occlusion",
        description="Seconds for which somebody who is hidden keeps the same track id.",
    )


class PostureTable(Table):
    """What people do."""

    left_after_s: float = Field(
        default=3.0,
        ge=0,
        le=600,
        allow_inf_nan=False,
        title="Left after",
        description="Seconds unseen after which a person has left the room. Not less than track.occlusion_s.",
    )

    camera_height_m: float | None = Field(
        default=None,
        ge=0.2,
        le=6,
        allow_inf_nan=False,
        title="Height of the camera",
        description=(
            "Metres from the floor to the camera. Given together with camera_pitch_deg, the box knows the floor at "
            "once; left out, it learns the floor from people who stand and walk."
        ),
        examples=[2.3],
    )
    camera_pitch_deg: float | None = Field(
        default=None,
        ge=0,
        le=80,
        allow_inf_nan=False,
        title="Pitch of the camera",
        description="Degrees by which the camera looks down from the horizontal. Left out, it is learned as well.",
        examples=[20.0],
    )
    fall_after_s: float = Field(
        default=3.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Fallen after",
        description="Seconds for which somebody who went down must stay down to have fallen.",
    )
    found_on_floor_s: float = Field(
        default=90.0,
        ge=5,
        le=3600,
        allow_inf_nan=False,
        title="Found on the floor after",
        description="Seconds of lying on the floor after which somebody counts as fallen whom nobody saw fall.",
    )
    long_lie_s: float = Field(
        default=60.0,
        ge=5,
        le=86400,
        allow_inf_nan=False,
        title="Long lie after",
        description="Seconds of being down after a fall that are reported once more, as a long lie.",
    )
    inactivity_s: float = Field(
        default=1800.0,
        ge=10,
        le=86400,
        allow_inf_nan=False,
        title="Inactive after",
        description=(
            "Seconds for which somebody must be in view without moving to be reported as inactive. "
            "Does not count in a bed."
        ),
    )
    help_gesture_s: float = Field(
        default=2.0,
        ge=0.5,
        le=30,
        allow_inf_nan=False,
        title="Gesture for help",
        description="Seconds for which both hands must be held over the head, or waved there, to call for help.",
    )
    set_rest_s: float = Field(
        default=8.0,
        ge=2,
        le=600,
        allow_inf_nan=False,
        title="Rest after a set",
        description="Seconds without a repetition after which a set of an exercise is over.",
    )


class ZoneTable(Table):
    """Named parts of the room, one `[[zones]]` each; docs/events.md says what each kind changes."""

    name: ZoneName = Field(
        title="Name", description="What the zone is called in events; no two have the same.", examples=["bed1"]
    )
    kind: Literal["bed", "sofa", "chair", "floor", "mat", "station", "door", "ignore"] = Field(
        title="Kind",
        description=(
            "What is there. Lying in a bed or on a sofa is rest, on a mat it may be exercise; a station is for one "
            "exercise; people in a zone to ignore (a mirror, a television) are not reported."
        ),
        examples=["bed"],
    )
    polygon: Outline = Field(
        title="Polygon",
        description=(
            "Its corners [x, y] in 0 to 1, from the top left of the turned and flipped picture. Furniture as it is "
            "seen; of a station, a mat or a door the floor, where feet stand."
        ),
        examples=[[[0.1, 0.5], [0.6, 0.5], [0.7, 0.9], [0.1, 0.9]]],
    )
    exercise: Literal["squat", "pushup", "situp", "jumping_jack", "lunge", "bicep_curl", "plank"] | None = Field(
        default=None,
        title="Exercise",
        description="The only exercise to count at this station. Left out, the box recognises which it is.",
        examples=["squat"],
    )
    hours: HoursOfDay | None = Field(
        default=None,
        title="Hours of rest",
        description="When leaving this bed is a bed exit, by the clock of the box's host. Left out: never.",
        examples=["22:00-07:00"],
    )


MOST_ZONES = 32
"""More than a room has things; a longer list is a mistake in whatever wrote it."""


CREDENTIAL = "mqtt-password"
"""Name of the systemd credential that holds the password for the broker."""


def _first_line(file: Path, what: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(f"{what}: cannot read {file}: {reason}") from None
    if not lines or not lines[0]:
        raise ConfigError(f"{what}: the first line of {file} is empty")
    return lines[0]


class MqttTable(Table):
    """The broker everything is sent to."""

    broker: Broker = Field(
        default="127.0.0.1:1883",
        title="Broker",
        description="Address of the MQTT broker. The port is 1883 unless given, with TLS 8883.",
    )
    more_brokers: Brokers = Field(
        default=(),
        max_length=8,
        title="More brokers",
        description="Further addresses, tried in turn whenever one cannot be reached; all else is the same for them.",
        examples=[["backup.local:1883"]],
    )
    tls: bool = Field(
        default=False,
        title="TLS",
        description=(
            "Encrypts the connection. The broker's certificate and name are always verified; without TLS nothing falls "
            "back to it, and with it nothing to a plain connection."
        ),
    )
    ca_file: FilePath | None = Field(
        default=None,
        title="Authorities",
        description="Certificates (PEM) of the authorities to trust with TLS. Left out: those of the system.",
        examples=["/etc/pose-edge/ca.pem"],
    )
    cert_file: FilePath | None = Field(
        default=None,
        title="Own certificate",
        description="The box's own certificate (PEM), for brokers that ask for one; the key may be in the same file.",
        examples=["/etc/pose-edge/box.pem"],
    )
    key_file: FilePath | None = Field(
        default=None,
        title="Own key",
        description="Key (PEM, without a password) of the box's own certificate.",
        examples=["/etc/pose-edge/box.key"],
    )
    transport: Literal["tcp", "websockets"] = Field(
        default="tcp",
        title="Transport",
        description="How the broker is spoken to: tcp, or websockets where only web traffic passes.",
    )
    websocket_path: UrlPath = Field(
        default="/mqtt", title="WebSocket path", description="Path of the broker's WebSocket; only with websockets."
    )
    username: Text | None = Field(
        default=None, title="User name", description="How the box logs in to the broker.", examples=["bar1"]
    )
    password: Password | None = Field(
        default=None,
        title="Password",
        description="Password for the broker; needs username. Better kept in a file: see password_file.",
        examples=["change-me"],
    )
    password_file: FilePath | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the password for the broker; takes the place of password.",
        examples=["/etc/pose-edge/mqtt-password"],
    )
    protocol: Literal["auto", "5", "3.1.1"] = Field(
        default="auto",
        title="Protocol",
        description="MQTT version: auto tries 5 and takes 3.1.1 if the broker refuses that.",
    )
    keepalive_s: int = Field(
        default=30,
        ge=5,
        le=3600,
        title="Keep-alive",
        description="Seconds of silence after which box and broker make sure that the other is still there.",
    )
    topic_prefix: TopicPrefix = Field(
        default="pose-edge",
        title="Topic prefix",
        description="What all topics start with, before the device id: pose-edge/bar1/event.",
    )

    def read_password(self, credentials: Path | None = None) -> str | None:
        """The password from wherever it is kept, or None.

        Args:
            credentials: Folder in which systemd puts them; looked at when the configuration names no other place.

        Raises:
            ConfigError: The file cannot be read or its first line is empty.
        """
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_file is not None:
            return _first_line(self.password_file, "mqtt.password_file")
        if credentials is not None and (credentials / CREDENTIAL).exists():
            return _first_line(credentials / CREDENTIAL, f"credential {CREDENTIAL}")
        return None


class PublishTable(Table):
    """What is sent, and how often."""

    landmark_rate_hz: float = Field(
        default=10.0,
        ge=0,
        le=60,
        allow_inf_nan=False,
        title="Landmark rate",
        description="Most landmark messages a second. 0 sends none; events and state are sent all the same.",
    )
    landmark_format: Literal["binary", "json"] = Field(
        default="binary",
        title="Landmark format",
        description="How landmarks are written: binary (compact, docs/wire-format.md) or json (to try things out).",
    )
    health_interval_s: float = Field(
        default=10.0,
        ge=1,
        le=3600,
        allow_inf_nan=False,
        title="Health interval",
        description="Seconds between two health messages.",
    )


class DiscoveryTable(Table):
    """How Home Assistant is told of the box."""

    enabled: bool = Field(
        default=True,
        title="Discovery",
        description="Announces the box, so that Home Assistant shows it as a device by itself.",
    )
    prefix: TopicPrefix = Field(
        default="homeassistant",
        title="Discovery prefix",
        description="Where Home Assistant listens for announcements: the same as in its MQTT integration.",
    )


class ServiceTable(Table):
    """How the daemon behaves on its host."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", title="Log level", description="The least important messages that are still logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        title="Log format",
        description="How log lines are written: text for people and the journal, json for log collectors.",
    )


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
