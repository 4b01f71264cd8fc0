import json
import logging

from edge.service.log import JsonFormatter


def test_a_json_line_holds_message_level_and_thread() -> None:
    record = logging.LogRecord("edge.x", logging.WARNING, "x.py", 1, "lost %s", ("the Küche camera",), None)
    line = json.loads(JsonFormatter().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "edge.x", "lost the Küche camera")
    assert line["thread"] == "MainThread"
    assert "traceback" not in line


def test_an_exception_keeps_its_traceback_within_the_line() -> None:
    try:
        int("gone")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("edge.x", logging.ERROR, "x.py", 1, "failed", (), info)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert "ValueError: invalid literal" in json.loads(text)["traceback"]
