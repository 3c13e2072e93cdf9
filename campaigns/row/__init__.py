"""One row of a list: its cells, its columns, and what it is worth. Pure."""
