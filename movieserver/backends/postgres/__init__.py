"""The engine for the movie store on several machines: PostgreSQL 15 or newer, through aiopg.

URLs: ``postgresql://user:password@host:port/movieratedb?sslmode=…``, as libpq reads them.
"""

from movieserver.backends.backend import Backend, StoreContext
from movieserver.backends.movie_store import MovieStore
from movieserver.backends.postgres.address import Address
from movieserver.backends.postgres.movie_store import PostgresMovieStore


class PostgresBackend(Backend):
    """Makes movie stores."""

    name = "postgresql"

    def movie_store(self, url: str, context: StoreContext) -> MovieStore:
        address = Address(url, context.timeout)
        return PostgresMovieStore(address, context.clock, context.timeout)


backend = PostgresBackend()
