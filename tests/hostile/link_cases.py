"""Parameters of an address that nobody's link to the Train page has."""

LINKS: dict[str, dict[str, str]] = {
    **{
        f"run {number}": {"run": run}
        for number, run in enumerate(
            (
                *("..", "../../etc/passwd", "/etc/passwd", "\0", "", " ", "x" * 100_000),
                *("%2e%2e%2f", "\u202e", "sound/../sound", "C:\\windows", ".new-1", "*", "<b>"),
            )
        )
    },
    **{
        f"{name} {number}": {name: value}
        for name, values in {
            "epochs": ["9" * 5000, "-1", "1e999", "NaN", "٣", "0x10", "", "1_000", "1" * 400],
            "learning_rate": ["inf", "-inf", "nan", "1e-400", "1e400", "0", "--1", "1,5"],
            "hidden_units": ["1," * 50_000, ",", "9" * 400, "[[[[[[", "-1", "1;2", "128, \0"],
            "architecture": ["__class__", "mlp\0", "x" * 50_000, "{settings}", "Lambda", "7"],
            "xla": ["perhaps", "[]", "2", "\u200btrue"],
            "kernel_size": ["4", "³", "9" * 5000, "-3"],
            "seed": [str(2**64), "1e10", "9" * 4301],
            "v": ["0", "-1", "9" * 5000, "١", "1.0", "v", ""],
        }.items()
        for number, value in enumerate(values)
    },
    "a name of an attribute": {"__dict__": "{}", "model_config": "{}", "hyperparameters": "{}"},
    "a thousand names": {f"name{number}": "x" for number in range(1000)},
    "a directive": {"architecture": ":red[x] ![](http://a.b/c.png) $x$ <script>"},
}
