"""pose-edge: finds people's body landmarks on the box itself and tells the building over MQTT."""

__version__ = "0.1.0"
