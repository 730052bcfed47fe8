"""What somebody else made: damaged, huge or malicious files, and what the app does with them."""
