"""The same endpoints, as one would first write them in other frameworks: no tricks, no sabotage.

Each runs in its own process: ``python -m benchmarks.contenders.NAME ARGUMENT … PORT``. None of
them writes an access log, because movieserver writes none.
"""
