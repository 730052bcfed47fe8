"""Settings of the computation: what makes a run faster on some machines and changes no idea of it.

Does not know which devices there are.
"""

from pydantic import Field

from core.hyperparameters.fields import FieldGroup, form_metadata


class Computation(FieldGroup):
    """How the machine computes."""

    mixed_precision: bool = Field(
        False,
        title="Mixed precision",
        description="Computes in bfloat16, numbers of half the length, while the weights stay as "
        "exact as they were. Faster on recent GPUs (NVIDIA Ampere, 2020, and later) with large "
        "networks and batches; slower on most CPUs.",
        json_schema_extra=form_metadata("Computation"),
    )
    xla: bool = Field(
        False,
        title="XLA",
        description="Compiles the network into one program for the device. The first step takes "
        "seconds longer, the others are often faster on a GPU; on a CPU convolutions are slower.",
        json_schema_extra=form_metadata("Computation"),
    )
    all_gpus: bool = Field(
        False,
        title="Use all GPUs",
        description="Shares each batch among all GPUs of the machine, which pays with large "
        "batches; XLA is then left out. Does nothing with one device.",
        json_schema_extra=form_metadata("Computation"),
    )
