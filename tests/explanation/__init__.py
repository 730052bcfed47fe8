"""What explanations are, and where they are wrong."""
