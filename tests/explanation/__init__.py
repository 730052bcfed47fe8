"""Tests of what explains an answer."""
