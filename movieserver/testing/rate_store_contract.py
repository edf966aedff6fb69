"""Proves that a rate store, of this project or not, keeps the promises of its interface.

A test module subclasses ``RateStoreContract`` with a name that pytest collects, and provides
three fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestRateStore(RateStoreContract):
        pass

``clock``
    The ``movieserver.testing.ManualClock`` that the stores are made with.
``rate_store``
    An empty, open store; the fixture closes it.
``second_rate_store``
    Another store on the same data, connected as another process would be.
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
    """Tests every sentence of ``movieserver.backends.RateStore``."""
