"""What leaves this app, and what comes in."""

from core.exchange.tensorboard import export_tensorboard
