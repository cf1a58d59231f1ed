"""A real Queens console path on loopback: what it is made of and how it is driven."""
