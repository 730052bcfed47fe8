"""What the Train page shows: the form, the queue, and a run under way."""
