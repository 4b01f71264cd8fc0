"""Frame sources: cameras, streams, files and the rendered studio. Knows nothing of models or MQTT."""
