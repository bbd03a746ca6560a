"""What a result depends on: the modules it imports, the packages beneath them, and their digests.

The book uses it too.
"""
