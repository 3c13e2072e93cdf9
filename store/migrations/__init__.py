"""The history of the tables, and how to walk it from the program itself."""
