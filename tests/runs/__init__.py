"""Tests of core.runs, a file per module."""
