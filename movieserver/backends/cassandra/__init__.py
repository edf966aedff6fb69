"""The engine for the rate store on several machines: Apache Cassandra 5, through cassandra-driver.

URLs: ``cassandra://user:password@host[:port][,host[:port]…]/keyspace?dc=datacenter1&…``, IPv6
addresses in brackets; the parameters are those of
``movieserver.backends.cassandra.address.Address``.
"""

from movieserver.backends.backend import Backend, StoreContext
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.backends.rate_store import RateStore


class CassandraBackend(Backend):
    """Makes rate stores."""

    name = "cassandra"

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        session = CassandraSession(Address.of(url), context.timeout)
        return CassandraRateStore(session, context.clock, context.timeout)


backend = CassandraBackend()
