"""The pieces of the Explain page."""
