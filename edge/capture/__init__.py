"""Frame sources: cameras, streams, files and the rendered studio. Newest frame only; knows nothing of models or MQTT."""
