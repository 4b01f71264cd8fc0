"""The errors a user may see. Each carries the exit code with which the process ends; docs/exit-codes.md lists them.

An error's text is one line that says what was wrong, where, and what to do. The command line prints it without a
traceback; anything that is not an `EdgeError` is a defect of ours and keeps its traceback.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command. systemd restarts on the temporary ones and stays down on the others."""

    OK = 0
    DEFECT = 1
    """An error of pose-edge itself: please report the traceback."""
    CONFIG = 2
    """The configuration or the command line is wrong. Restarting does not help."""
    MODEL = 3
    """A model bundle is missing, damaged or not the pinned one."""
    SOURCE = 4
    """The frame source cannot be used as given: no such file, not a video, picamera2 not installed."""
    SOURCE_LOST = 5
    """The source worked and stopped delivering. Temporary: a restart is the remedy."""
    DETECTOR_STALLED = 6
    """The landmarker took a frame and never answered. Temporary: a restart is the remedy."""
    PROCESSOR = 7
    """This processor cannot run the installed MediaPipe; the message names the lock to install."""
    OUTPUT = 8
    """A file or port that was asked for cannot be written or opened."""
    UNHEALTHY = 9
    """`pose-edge doctor` has found something that does not work, `pose-edge simulate` has lost an event, `pose-edge
    fleet` has heard no box, a roll-out's gate (`python -m edge.fleet`) has found a box not well, or `python -m
    edge.fleet.forget` has left something of a box at the broker."""
    LINK_STALLED = 10
    """The thread that talks to the broker has ended. Temporary: a restart is the remedy."""
    RESTART_ASKED = 11
    """A command over MQTT asked for a restart. Temporary: systemd starts the service again."""


class EdgeError(Exception):
    """Base of all errors that are explained to the user in one line."""

    exit_code = ExitCode.DEFECT


class ConfigError(EdgeError):
    """Configuration or command line is wrong; the text holds every problem, one a line, each with its key's path."""

    exit_code = ExitCode.CONFIG


class ModelError(EdgeError):
    """A model bundle is missing, damaged, or could not be fetched."""

    exit_code = ExitCode.MODEL


class SourceError(EdgeError):
    """The frame source cannot be used as given."""

    exit_code = ExitCode.SOURCE


class SourceLostError(EdgeError):
    """The frame source stopped delivering and could not be brought back in this process."""

    exit_code = ExitCode.SOURCE_LOST


class DetectorStalledError(EdgeError):
    """The landmarker did not answer within its deadline."""

    exit_code = ExitCode.DETECTOR_STALLED


class LinkStalledError(EdgeError):
    """The thread that talks to the broker has ended."""

    exit_code = ExitCode.LINK_STALLED


class RestartAskedError(EdgeError):
    """A command over MQTT asked for a restart."""

    exit_code = ExitCode.RESTART_ASKED


class ProcessorError(EdgeError):
    """The installed MediaPipe cannot run on this processor."""

    exit_code = ExitCode.PROCESSOR


class OutputError(EdgeError):
    """Something the user asked to be written or listened on cannot be."""

    exit_code = ExitCode.OUTPUT
