"""The model and its thresholds."""

from typing import Literal

from pydantic import Field

from edge.config.forms import FilePath, ModelSource
from edge.config.tables.table import Table


class DetectTable(Table):
    """How people are found in a frame. The options of MediaPipe's Pose Landmarker have their own names."""

    model: Literal["lite", "full", "heavy"] = Field(
        default="lite",
        title="Model",
        description="Which pose model to run: lite for a Pi, full and heavy are more exact and slower.",
    )
    model_dir: FilePath | None = Field(
        default=None,
        title="Model folder",
        description="Where the model bundles are kept. Left out: the service's folder under systemd, else the user's.",
        examples=["/var/lib/pose-edge/models"],
    )
    model_source: ModelSource | None = Field(
        default=None,
        repr=False,
        title="Model source",
        description="File, folder or mirror URL where `pose-edge models fetch` looks before the pinned sources.",
        examples=["/srv/mirror/pose-edge"],
    )
    num_poses: int = Field(
        default=1,
        ge=1,
        le=4,
        title="People at once",
        description=(
            "The most people to find. With 1 MediaPipe smooths the landmarks; with more it costs about twice as much "
            "and a bystander is less likely to be taken for the person who fell."
        ),
    )
    min_pose_detection_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Detection confidence",
        description=(
            "Lowest score at which the detector reports a person. Higher means fewer people seen in empty rooms, "
            "and fewer of those who lie on the floor."
        ),
    )
    min_pose_presence_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Presence confidence",
        description="Lowest score at which landmarks count as a person in the place that was looked at.",
    )
    min_tracking_confidence: float = Field(
        default=0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Tracking confidence",
        description="Lowest score at which a person is followed to the next frame without detecting anew.",
    )
    output_segmentation_masks: bool = Field(
        default=False,
        title="Segmentation masks",
        description="Also computes each person's outline. Costs time; nothing of it is published.",
    )
    delegate: Literal["CPU", "GPU"] = Field(
        default="CPU", title="Delegate", description="What runs the networks. A Pi has nothing but the CPU for this."
    )
    result_timeout_s: float = Field(
        default=10.0,
        ge=1,
        le=120,
        allow_inf_nan=False,
        title="Result timeout",
        description="Seconds the model may take for one frame before pose-edge gives up and is started anew.",
    )
