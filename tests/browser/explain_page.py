"""The tabs of the Explain page, and something that each shows once it is there."""

EXPLAIN_TABS = {
    "Which ink": "evidence",
    "Layers": "layers_diagram",
    "Similar images": "neighbours_plot",
    "What would change it": "counterfactual",
    "Switch off": "switch_off_answer",
    "Training": "training_film",
}
