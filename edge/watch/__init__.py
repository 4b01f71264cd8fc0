"""Watching boxes from MQTT alone: what `pose-edge watch` shows."""
