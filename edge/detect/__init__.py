"""MediaPipe's Pose Landmarker and its model bundles. Knows nothing of cameras or events."""
