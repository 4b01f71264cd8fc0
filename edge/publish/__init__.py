"""Wire format, topics, MQTT client. Knows nothing of MediaPipe or cameras."""
