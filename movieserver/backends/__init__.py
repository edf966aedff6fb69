"""The stores' interfaces, and one package per engine that implements them.

Handlers and jobs know the interfaces; only the composition root (``movieserver.composition``)
opens an engine. An engine's driver, its SQL or CQL and its errors stay inside its package.
"""

from movieserver.backends.backend import Backend, StoreContext
from movieserver.backends.event_log import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.movie_store import MovieStore
from movieserver.backends.rate_store import RateStore
from movieserver.backends.store import Store

__all__ = [
    "Backend",
    "EventLog",
    "Message",
    "MovieStore",
    "RateStore",
    "Record",
    "Store",
    "StoreContext",
    "Subscription",
    "Topic",
]
