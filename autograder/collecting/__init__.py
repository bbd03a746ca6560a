"""What arrives, as it arrives."""
