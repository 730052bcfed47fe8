"""Pieces of the Your data page."""
