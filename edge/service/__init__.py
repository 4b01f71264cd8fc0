"""The process as a citizen of its box: logging, health readings. Knows nothing of posture rules."""
