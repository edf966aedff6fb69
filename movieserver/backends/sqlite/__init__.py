"""The embedded engine: all three stores on SQLite, for one machine.

URLs: ``sqlite:///name.db`` is a file in the data folder, ``sqlite:////abs/path.db`` one anywhere.
"""
