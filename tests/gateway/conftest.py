import pytest

from tests.gateway.browser import chromium
from tests.gateway.running import running


@pytest.fixture
def service(tmp_path):
    with running(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def browser():
    """Not for the whole session: its event loop would be in the way of other tests."""
    with chromium() as started:
        yield started
