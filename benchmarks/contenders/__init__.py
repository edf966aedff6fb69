"""The same endpoints as one writes them first in other frameworks: no tricks, no sabotage.

Each is a process of its own: ``python -m benchmarks.contenders.NAME ARGUMENT … PORT``. None of
them writes an access log, as movieserver writes none.
"""
