"""OpenCV with its own and FFmpeg's chatter switched off: our errors say in one line what was wrong.

Import `cv2` from here wherever videos, streams or devices are opened. Whoever wants the chatter back sets
`OPENCV_LOG_LEVEL` and `OPENCV_FFMPEG_LOGLEVEL` before starting.
"""

import os

_LOG_LEVEL = "OPENCV_LOG_LEVEL"
_user_wants_logs = _LOG_LEVEL in os.environ

# OpenCV reads the first while it loads; the others when FFmpeg first opens something, and at every opening.
os.environ.setdefault(_LOG_LEVEL, "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET: even its fatal lines are for developers
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")  # UDP loses packets and smears people

import cv2  # noqa: E402  it reads the environment while it loads

if not _user_wants_logs:
    # Somebody (MediaPipe does) may have loaded it before us. OpenCV 4.13 moved the function.
    _set_log_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
    _set_log_level(0)

__all__ = ["cv2"]
