"""What leaves the app: one test file per module of core/exchange."""
