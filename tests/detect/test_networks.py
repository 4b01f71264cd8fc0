"""Metadata and slimming, on the real networks."""

import pytest
from support.models import Parts

from edge.detect.flatbuffer import FlatbufferError, Table
from edge.detect.slim import MASK_OUTPUT, slim
from edge.detect.tflite import METADATA_NAME, read_model, with_image_metadata, write_model

MODELS = ("lite", "full", "heavy")


def output_names(model: Table) -> list[bytes]:
    graph = model["subgraphs"][0]
    return [graph["tensors"][index]["name"] for index in graph["outputs"]]


@pytest.mark.parametrize("name", MODELS)
def test_a_network_survives_reading_and_writing(parts: Parts, name: str) -> None:
    model = read_model(parts.landmarks(name))
    assert read_model(write_model(model)) == model


def test_the_detector_with_its_sparse_weights_survives_too(parts: Parts) -> None:
    model = read_model(parts.detector())
    assert any("sparsity" in tensor for tensor in model["subgraphs"][0]["tensors"])
    assert read_model(write_model(model)) == model


def test_metadata_is_added_and_nothing_else_changes(parts: Parts) -> None:
    before = read_model(parts.landmarks("lite"))
    after = read_model(with_image_metadata(parts.landmarks("lite"), mean=0, std=255))
    assert [entry["name"] for entry in after["metadata"]] == [
        b"min_runtime_version",
        b"reduced_precision_support",
        METADATA_NAME,
    ]
    assert b"M001" in after["buffers"].pop()["data"]
    del after["metadata"][-1]
    assert after == before


def test_metadata_that_is_there_gives_way(parts: Parts) -> None:
    wrong = with_image_metadata(parts.detector(), mean=0, std=1)
    right = with_image_metadata(parts.detector(), mean=127.5, std=127.5)
    assert wrong != right
    assert with_image_metadata(wrong, mean=127.5, std=127.5) == right


@pytest.mark.parametrize("name", MODELS)
def test_slim_keeps_the_outputs_in_their_order_and_all_metadata(parts: Parts, name: str) -> None:
    stock = with_image_metadata(parts.landmarks(name), mean=0, std=255)
    before, after = read_model(stock), read_model(slim(stock))
    assert output_names(after) == output_names(before)
    for old, new in zip(before["metadata"], after["metadata"], strict=True):
        assert new["name"] == old["name"]
        assert after["buffers"][new["buffer"]] == before["buffers"][old["buffer"]]


@pytest.mark.parametrize(("name", "operators", "left"), [("lite", 305, 258), ("full", 332, 286), ("heavy", 689, 643)])
def test_slim_leaves_out_the_mask_head(parts: Parts, name: str, operators: int, left: int) -> None:
    stock = parts.landmarks(name)
    assert len(read_model(stock)["subgraphs"][0]["operators"]) == operators
    graph = read_model(slim(stock))["subgraphs"][0]
    assert len(graph["operators"]) == left
    makers = [index for operator in graph["operators"] for index in operator["outputs"]]
    mask = next(index for index in graph["outputs"] if graph["tensors"][index]["name"] == MASK_OUTPUT)
    assert mask not in makers


@pytest.mark.parametrize("name", MODELS)
def test_slim_is_smaller(parts: Parts, name: str) -> None:
    assert len(slim(parts.landmarks(name))) < len(write_model(read_model(parts.landmarks(name))))


def test_slim_of_slim_is_the_same(parts: Parts) -> None:
    once = slim(parts.landmarks("lite"))
    assert slim(once) == once


def test_the_detector_is_not_taken_for_a_landmark_network(parts: Parts) -> None:
    with pytest.raises(FlatbufferError, match="no output Identity_2"):
        slim(parts.detector())


def test_half_a_network_is_refused(parts: Parts) -> None:
    network = parts.landmarks("lite")
    with pytest.raises(FlatbufferError):
        slim(network[: len(network) // 2])
