"""The learning rate that the chosen settings plan, before anything is trained."""

import streamlit as st

from core.charts import schedule_figure
from core.data import count_split
from core.hyperparameters import Hyperparameters
from core.schedules import NOMINAL_STEPS_PER_EPOCH, plan_curve
from pages.components.resources import loader


def schedule_plot(settings: Hyperparameters) -> None:
    """Show the learning rate over the epochs of a run with these settings."""
    epochs, rates = plan_curve(settings, steps_per_epoch=_steps_per_epoch(settings))
    st.plotly_chart(
        schedule_figure(epochs, rates, num_epochs=settings.epochs),
        key="schedule_plot",
        config={"displayModeBar": False},
        alt="The planned learning rate over the epochs",
    )
    if settings.learning_rate_schedule == "reduce_on_plateau":
        st.caption(
            f"It is multiplied by {settings.decay_rate:g} each time the validation loss has not "
            f"improved for {settings.plateau_patience} epochs in a row. When that will be, "
            "nobody knows yet."
        )


def _steps_per_epoch(settings: Hyperparameters) -> int:
    data = loader().data()
    if not data.done() or data.exception():
        return NOMINAL_STEPS_PER_EPOCH
    num_train, _ = count_split(
        data.result().num_images,
        validation_split=settings.validation_split,
        training_share=settings.training_share,
    )
    return -(-num_train // settings.batch_size)
