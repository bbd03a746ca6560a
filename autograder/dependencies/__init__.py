"""What a result depends on: the modules it imports, the packages beneath them, and their digests.

Imports nothing else of ours; the book uses it too.
"""
