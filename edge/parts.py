"""Makes the parts that the commands wire together: the one place where configuration becomes arguments."""

from collections.abc import Callable
from pathlib import Path

from edge.capture.opening import open_source, parse_source
from edge.capture.source import FrameSource
from edge.config import Config
from edge.detect.bundles import bundle_path
from edge.detect.eyes import Eyes
from edge.detect.landmarker import LandmarkerOptions, LiveLandmarker
from edge.detect.second_look import SecondLook
from edge.detect.several import SeveralPeopleLandmarker
from edge.pace.governor import Governor
from edge.publish.address import parse_broker
from edge.publish.client import MqttClient
from edge.publish.publisher import Publisher, Transport
from edge.publish.session import Login
from edge.publish.topics import Topics


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


def make_client(config: Config) -> MqttClient:
    """The client of the configured broker, not yet connecting."""
    mqtt = config.mqtt
    return MqttClient(
        broker=parse_broker(mqtt.broker),
        topics=Topics(device=config.device.id, prefix=mqtt.topic_prefix),
        login=Login(mqtt.username, mqtt.read_password()) if mqtt.username else None,
        protocol=mqtt.protocol,
        keepalive_s=mqtt.keepalive_s,
    )


def make_publisher(config: Config, transport: Transport) -> Publisher:
    """What turns tracks and events into messages."""
    publish = config.publish
    return Publisher(
        transport,
        device=config.device.id,
        landmark_format=publish.landmark_format,
        health_interval_s=publish.health_interval_s,
    )
