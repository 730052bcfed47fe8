"""A plot of the learning rate that a run with the chosen hyperparameters would have."""

import streamlit as st

from core.charts import schedule_figure
from core.data import count_split
from core.hyperparameters import Hyperparameters
from core.schedules import NOMINAL_STEPS_PER_EPOCH, plan_curve
from pages.components.resources import loader


def schedule_plot(hyperparameters: Hyperparameters) -> None:
    """Show the planned learning rate over the epochs."""
    epochs, rates = plan_curve(hyperparameters, steps_per_epoch=_steps_per_epoch(hyperparameters))
    st.plotly_chart(
        schedule_figure(epochs, rates, num_epochs=hyperparameters.epochs),
        key="schedule_plot",
        config={"displayModeBar": False},
        alt="The planned learning rate over the epochs",
    )
    if hyperparameters.learning_rate_schedule == "reduce_on_plateau":
        st.caption(
            f"It is multiplied by {hyperparameters.decay_rate:g} whenever the validation loss has "
            f"not improved for {hyperparameters.plateau_patience} epochs in a row, which no plan "
            "can show."
        )


def _steps_per_epoch(hyperparameters: Hyperparameters) -> int:
    data = loader().data()
    if not data.done() or data.exception():
        return NOMINAL_STEPS_PER_EPOCH
    num_train, _ = count_split(
        data.result().num_images,
        validation_split=hyperparameters.validation_split,
        training_share=hyperparameters.training_share,
    )
    return -(-num_train // hyperparameters.batch_size)
