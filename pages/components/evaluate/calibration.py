"""How far a model's confidence can be trusted, and from which on it should answer."""

import numpy as np
import streamlit as st

from core.access import NotAllowed
from core.charts import answered_figure, reliability_figure
from core.classifier import Calibration, choose_threshold, find_threshold
from core.evaluation import Evaluation, at_threshold
from core.reading import explain_os_error
from core.runs import Run
from pages.components.columns import chart_columns
from pages.components.formats import as_text
from pages.components.person import current_person, owner_text

_SLIDER_WIDTH = 480  # in pixels
_SHARE_KEY = "refused_share"
# Shares of the validation images that are not answered.
_REFUSED = (0.0, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2)


def calibration_section(run: Run | None, evaluation: Evaluation) -> None:
    """Show reliability and what is answered; let the owner of a run choose its threshold."""
    with st.container(key="reliability"):
        st.markdown("#### How far to trust its confidence")
        st.caption(_summary(evaluation))
        left, right = chart_columns("reliability")
        with left:
            st.plotly_chart(
                reliability_figure(
                    evaluation.before.bins, evaluation.after.bins if evaluation.after else None
                ),
                key="reliability_plot",
                config={"displayModeBar": False},
                alt="Accuracy of the answers against their confidence",
            )
        with right:
            present = at_threshold(
                evaluation.probabilities,
                evaluation.images.labels,
                evaluation.calibration.threshold,
            )
            st.plotly_chart(
                answered_figure({"model": evaluation.answered}, {"model": present}),
                key="answered_plot",
                config={"displayModeBar": False},
                alt="Accuracy of what is answered against the share that is answered",
            )
        if run is not None:
            _threshold_choice(run, evaluation)


def _summary(evaluation: Evaluation) -> str:
    before, after = evaluation.before, evaluation.after
    if after is None:
        return (
            f"Expected calibration error {before.error:.2%}, loss {before.loss:.4f}. This model "
            "has no temperature: it was trained by an earlier version."
        )
    return (
        f"A temperature of {evaluation.calibration.temperature:.2f}, found on validation images, "
        f"changes the expected calibration error from {before.error:.2%} to {after.error:.2%}, "
        f"the loss from {before.loss:.4f} to {after.loss:.4f}, and no answer."
    )


@st.fragment
def _threshold_choice(run: Run, evaluation: Evaluation) -> None:
    """Let whoever may change the run choose below which confidence its model gives no answer."""
    record = run.recorded()
    if not current_person().may_change(record.owner):
        owner = owner_text(record.owner)
        st.caption(f"Trained by {owner}: only they, or a teacher, can choose its threshold.")
        return
    kept = run.validation_predictions()
    if kept is None or kept.model != evaluation.calibration.model:
        st.caption(
            "A threshold is chosen on validation images, so that the test images only judge it. "
            "This run kept no answers to those; train its settings anew to choose one."
        )
        return
    probabilities = evaluation.calibration.apply(kept.probabilities)
    options = _thresholds(probabilities, evaluation.calibration)
    # Another run has other shares, and Streamlit remembers what was chosen for the last one.
    if st.session_state.get(_SHARE_KEY) not in options:
        st.session_state[_SHARE_KEY] = next(
            share for share, found in options.items() if found == evaluation.calibration.threshold
        )
    st.markdown("**When to say “I am not sure”**")
    share = st.select_slider(
        "Validation images that get no answer",
        list(options),
        format_func=lambda value: f"{100 * value:.4g}%",
        key=_SHARE_KEY,
        width=_SLIDER_WIDTH,
        help="The least sure ones. The Draw page says “I am not sure” below the threshold.",
    )
    threshold = options[share]
    st.caption(
        f"Below a confidence of {threshold:.1%}. Of the {len(kept.labels):,} validation images it "
        f"{_outcome_text(probabilities, kept.labels, threshold)}; of the images above it "
        f"{_outcome_text(evaluation.probabilities, evaluation.images.labels, threshold)}."
    )
    if st.button(
        "Use this threshold",
        key="use_threshold",
        icon=":material/check:",
        disabled=threshold == evaluation.calibration.threshold,
    ):
        try:
            choose_threshold(run, threshold, by=current_person())
        except (NotAllowed, ValueError, OSError) as error:
            st.error(as_text(_explain(error)), icon=":material/error:")
        else:
            st.toast("The Draw page uses this threshold from now on.", icon=":material/check:")
            st.rerun()


def _thresholds(probabilities: np.ndarray, calibration: Calibration) -> dict[float, float]:
    """Return thresholds by the share of these answers that they refuse, the present one too."""
    found = {share: find_threshold(probabilities, refused=share) for share in _REFUSED}
    refused = round(1 - float(calibration.is_sure(probabilities).mean()), 4)
    return dict(sorted({**found, refused: calibration.threshold}.items()))


def _outcome_text(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> str:
    """Say what a threshold does to images, as in "answers 99.0%, of which 99.8% right"."""
    share, accuracy = at_threshold(probabilities, labels, threshold)
    right = "" if accuracy is None else f", of which {accuracy:.2%} right"
    return f"answers {share:.2%}{right}"


def _explain(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The threshold cannot be kept: {explain_os_error(error)}."
    return str(error)
