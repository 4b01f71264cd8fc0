"""People across frames: ids, furniture told apart, losses bridged, smoothing, prediction. Knows nothing of posture."""
