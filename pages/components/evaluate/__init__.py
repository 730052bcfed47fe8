"""What only the Evaluate page shows."""
