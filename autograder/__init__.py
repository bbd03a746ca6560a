"""The grader: student code runs in a sandbox, tests run outside it."""
