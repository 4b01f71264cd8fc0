"""The whole configuration, table by table: every key with its bounds, its default, and what it means.

The texts here are also the comments of `config/pose-edge.toml`, the tables of `docs/configuration.md` and the JSON
Schema, so a key is explained in one place. A key stands here only once something reads it.
"""

from edge.config.tables.detect import DetectTable
from edge.config.tables.device import DeviceTable, ServiceTable
from edge.config.tables.mqtt import CREDENTIAL, MqttTable
from edge.config.tables.pace import PaceTable
from edge.config.tables.posture import PostureTable, TrackTable
from edge.config.tables.publish import DiscoveryTable, PublishTable
from edge.config.tables.source import SourceTable
from edge.config.tables.table import Table
from edge.config.tables.whole import Config, Contradiction
from edge.config.tables.zone import MOST_ZONES, ZoneTable

__all__ = [
    "CREDENTIAL",
    "MOST_ZONES",
    "Config",
    "Contradiction",
    "DetectTable",
    "DeviceTable",
    "DiscoveryTable",
    "MqttTable",
    "PaceTable",
    "PostureTable",
    "PublishTable",
    "ServiceTable",
    "SourceTable",
    "Table",
    "TrackTable",
    "ZoneTable",
]
