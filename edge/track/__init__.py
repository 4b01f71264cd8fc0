"""People across frames: ids, short losses. Knows nothing of posture."""
