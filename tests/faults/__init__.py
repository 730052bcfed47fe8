"""Faults at random moments: nothing that was written is lost."""
