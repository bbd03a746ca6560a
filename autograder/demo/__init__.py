"""The sample class: students made out of an assignment's own known answers and mistakes."""
