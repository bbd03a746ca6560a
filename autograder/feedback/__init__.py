"""The pages that students get, and the page on which a person marks."""
