"""Which frames are worth a model run. Knows nothing of MediaPipe or MQTT."""
