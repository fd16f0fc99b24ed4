import pytest

from tests.gateway.running import running


@pytest.fixture
def service(tmp_path):
    with running(tmp_path) as started:
        yield started
