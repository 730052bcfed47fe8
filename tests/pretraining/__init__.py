"""Tests of `core.pretraining`."""
