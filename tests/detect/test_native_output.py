import logging
import os

import pytest

from edge.detect.native_output import quiet_native_output

CHATTER = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"W0000 00:00:1795179194.916236   11823 inference_feedback_manager.cc:121] Feedback manager\n"
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
)


def test_chatter_goes_to_debug_and_the_rest_to_standard_error(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "edge.detect.native_output"), quiet_native_output():
        os.write(2, CHATTER)
        os.write(2, b"ERROR edge.capture: the camera has gone\n")
    assert capfd.readouterr().err == "ERROR edge.capture: the camera has gone\n"
    assert len(caplog.messages) == 3


def test_standard_error_comes_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), quiet_native_output():
        raise RuntimeError
    os.write(2, b"here again\n")
    assert capfd.readouterr().err == "here again\n"
