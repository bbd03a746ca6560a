"""What runs inside the sandbox.

It needs NumPy, IPython and msgpack, and of this package nothing but ``autograder.worker.protocol``.
"""
