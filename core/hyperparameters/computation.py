"""How a run is computed: what makes it faster on some machines without changing its idea.

Does not know which devices there are.
"""

from pydantic import Field

from core.hyperparameters.fields import FieldGroup, form_metadata


class Computation(FieldGroup):
    """How the machine computes."""

    mixed_precision: bool = Field(
        False,
        title="Mixed precision",
        description="Computes in bfloat16 (16-bit numbers) and keeps the weights in float32. "
        "Faster on recent GPUs (NVIDIA Ampere, 2020, and later) with large networks and batches; "
        "slower on most CPUs.",
        json_schema_extra=form_metadata("Computation"),
    )
    xla: bool = Field(
        False,
        title="XLA",
        description="Compiles each training step into one program for the device. The first step "
        "takes seconds longer, the others are often faster on a GPU; convolutions on a CPU are "
        "slower.",
        json_schema_extra=form_metadata("Computation"),
    )
    all_gpus: bool = Field(
        False,
        title="Use all GPUs",
        description="Splits each batch among all GPUs of the machine, which pays off with large "
        "batches; XLA is then switched off. Has no effect with one device.",
        json_schema_extra=form_metadata("Computation"),
    )
