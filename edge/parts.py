"""Makes the parts that the commands wire together: the one place where configuration becomes arguments."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from edge.capture.opening import open_source, parse_source
from edge.capture.source import FrameSource
from edge.config import Config
from edge.detect.bundles import bundle_path
from edge.detect.eyes import Eyes
from edge.detect.landmarker import LandmarkerOptions, LiveLandmarker
from edge.detect.second_look import SecondLook
from edge.detect.several import SeveralPeopleLandmarker
from edge.pace.governor import Governor
from edge.publish.address import DEFAULT_PORT, parse_broker
from edge.publish.alarms import NOTE, Alarms
from edge.publish.client import MqttClient
from edge.publish.line import TLS_PORT, Line, Tls
from edge.publish.messages import EventNumbering, WallClock
from edge.publish.outbox import Outbox
from edge.publish.publisher import Publisher, Transport
from edge.publish.session import Login
from edge.publish.stored import boot_id
from edge.publish.topics import Topics

_OUTBOX: Final = "outbox.db"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where systemd lets the service keep what must outlive a restart; None outside it."""
    folder = environ.get("STATE_DIRECTORY", "").split(":", 1)[0]
    return Path(folder) if folder else None


def credentials_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where systemd puts the service's credentials; None outside it."""
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    return Path(folder) if folder else None


def make_source(config: Config, *, paced: bool = True) -> FrameSource:
    """The configured frame source, not yet open.

    Args:
        config: The whole configuration.
        paced: Whether recordings and the studio keep their own time, or go as fast as they are read.
    """
    source = config.source
    spec = parse_source(source.uri)
    return open_source(
        spec,
        width=source.width,
        height=source.height,
        fps=source.fps,
        rotation=source.rotation,
        hflip=source.hflip,
        vflip=source.vflip,
        paced=paced,
        loop=source.loop or (paced and spec.kind == "studio"),  # the studio stands for a camera, which never ends
        seed=source.seed,
        masks=source.privacy_masks,
    )


def model_bundle(config: Config) -> Path:
    """The model bundle to run, checked."""
    detect = config.detect
    return bundle_path(detect.model, masks=detect.output_segmentation_masks, model_dir=detect.model_dir)


def landmarker_options(config: Config) -> LandmarkerOptions:
    """The options of the Pose Landmarker."""
    detect = config.detect
    return LandmarkerOptions(
        num_poses=detect.num_poses,
        min_pose_detection_confidence=detect.min_pose_detection_confidence,
        min_pose_presence_confidence=detect.min_pose_presence_confidence,
        min_tracking_confidence=detect.min_tracking_confidence,
        output_segmentation_masks=detect.output_segmentation_masks,
        delegate=detect.delegate,
    )


def make_eyes(config: Config, *, on_result: Callable[[], None]) -> Eyes:
    """The live landmarker for as many people as configured; `on_result` is called when an answer can be taken."""
    bundle, options = model_bundle(config), landmarker_options(config)
    make = LiveLandmarker if config.detect.num_poses == 1 else SeveralPeopleLandmarker
    landmarker = make(
        bundle=bundle, options=options, result_timeout_s=config.detect.result_timeout_s, on_result=on_result
    )
    return Eyes(landmarker, SecondLook(bundle=bundle, options=options))


def make_governor(config: Config) -> Governor:
    """What decides which frames get a model run."""
    pace = config.pace
    return Governor(
        source_fps=config.source.fps,
        max_inference_fps=pace.max_inference_fps,
        min_inference_fps=pace.min_inference_fps,
        heartbeat_s=pace.heartbeat_s,
        max_cpu_percent=pace.max_cpu_percent,
        max_temperature_c=pace.max_temperature_c,
        follow_fps=config.publish.landmark_rate_hz,
    )


def make_outbox(state: Path | None) -> Outbox:
    """What keeps events until they are delivered: in a folder, or in memory."""
    return Outbox(state / _OUTBOX if state else None)


def make_client(config: Config, outbox: Outbox | None = None) -> MqttClient:
    """The client of the configured brokers, not yet connecting.

    Raises:
        ConfigError: A file with the password, a certificate or a key cannot be used.
    """
    mqtt = config.mqtt
    port = TLS_PORT if mqtt.tls else DEFAULT_PORT
    tls = Tls(ca_file=mqtt.ca_file, cert_file=mqtt.cert_file, key_file=mqtt.key_file) if mqtt.tls else None
    return MqttClient(
        brokers=[parse_broker(text, port=port) for text in (mqtt.broker, *mqtt.more_brokers)],
        topics=make_topics(config),
        login=Login(mqtt.username, mqtt.read_password(credentials_folder())) if mqtt.username else None,
        protocol=mqtt.protocol,
        keepalive_s=mqtt.keepalive_s,
        outbox=outbox,
        line=Line(tls=tls.context() if tls else None, transport=mqtt.transport, path=mqtt.websocket_path),
    )


def make_topics(config: Config) -> Topics:
    """Names of the box's topics."""
    return Topics(device=config.device.id, prefix=config.mqtt.topic_prefix)


def make_publisher(config: Config, transport: Transport, outbox: Outbox | None = None) -> Publisher:
    """What turns tracks and events into messages; with the falls that an earlier run left in the outbox."""
    publish = config.publish
    boot = boot_id()
    note = outbox.noted.get(NOTE) if outbox else None
    return Publisher(
        transport,
        device=config.device.id,
        landmark_format=publish.landmark_format,
        health_interval_s=publish.health_interval_s,
        numbering=EventNumbering(config.device.id, first=outbox.last_seq + 1 if outbox else 1),
        alarms=Alarms.from_note(note, now=WallClock.now(), boot=boot, long_lie_s=config.posture.long_lie_s),
    )
