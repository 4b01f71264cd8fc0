"""Checks every JSON payload that this process makes as a box, to be sent, against its schema."""

import json
from functools import cache
from typing import Any

import pytest


@cache
def _validator(name: str) -> Any:  # noqa: ANN401 - jsonschema has no types
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - for tests that publish

    from edge.publish.schemas import schema  # noqa: PLC0415

    return Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def validate_publishers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where something is sent that its schema does not describe."""
    from edge.publish import publisher  # noqa: PLC0415
    from edge.publish.client import MqttClient  # noqa: PLC0415
    from edge.publish.outgoing import Outgoing  # noqa: PLC0415
    from edge.publish.publisher import Publisher  # noqa: PLC0415
    from edge.publish.topics import Topic  # noqa: PLC0415
    from edge.publish.wire import landmarks_json  # noqa: PLC0415

    def said(self: Any, topic: Topic, payload: bytes) -> None:  # noqa: ANN401
        if topic in (Topic.STATE, Topic.HEALTH):
            _validator(topic.value).validate(json.loads(payload))
        publish(self, topic, payload)

    def told(self: Any, message: Any, notes: Any = None) -> None:  # noqa: ANN401
        _validator("event").validate(json.loads(message.to_mqtt()))
        event(self, message, notes)

    def answered(self: Any, name: str, payload: bytes) -> None:  # noqa: ANN401
        _validator("cmd-result").validate(json.loads(payload))
        answer(self, name, payload)

    def announced(self: Any, name: str, payload: bytes, *, repeat: bool) -> None:  # noqa: ANN401
        if payload:  # an empty one takes the device away
            _validator("discovery").validate(json.loads(payload))
        announce(self, name, payload, repeat=repeat)

    def drawn(message: Any) -> bytes:  # noqa: ANN401
        payload = landmarks_json(message)
        _validator("landmarks").validate(json.loads(payload))
        return payload

    publish, event, answer, announce = Publisher.send, MqttClient.event, Outgoing.answer, Outgoing.announce
    monkeypatch.setattr(Publisher, "send", said)
    monkeypatch.setattr(MqttClient, "event", told)
    monkeypatch.setattr(Outgoing, "answer", answered)
    monkeypatch.setattr(Outgoing, "announce", announced)
    monkeypatch.setattr(publisher, "landmarks_json", drawn)
