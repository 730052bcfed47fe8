"""The tests; a file per module, the pages, and a real browser."""
