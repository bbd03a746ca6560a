"""What was handed in, made into a notebook of the assignment."""
