"""A first workspace: what a data file seems to hold, and the three files proposed for it."""
