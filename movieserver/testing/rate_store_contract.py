"""Proves that a rate store keeps to the interface: for every backend, this project's or not.

A test module subclasses ``RateStoreContract`` as a class whose name pytest collects, and brings
three fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestRateStore(RateStoreContract):
        pass

``clock``
    The ``movieserver.testing.ManualClock`` that the stores are made with.
``rate_store``
    An empty store, open; closed again by the fixture.
``second_rate_store``
    Another one on the same data, connected as another process would be.
"""

import pytest

from movieserver.testing.rate_store.listing import ScanContract, UserRatesContract
from movieserver.testing.rate_store.pending import PendingContract
from movieserver.testing.rate_store.states import EraseContract, StatesContract, StoreContract


@pytest.mark.gen_test(timeout=60)
class RateStoreContract(
    StoreContract,
    StatesContract,
    EraseContract,
    UserRatesContract,
    ScanContract,
    PendingContract,
):
    """Every sentence of ``movieserver.backends.RateStore``, as tests."""
