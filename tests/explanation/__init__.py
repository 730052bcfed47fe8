"""Tests of core.explanation."""
