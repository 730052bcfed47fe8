"""Searches: one test file per module of core/search."""
