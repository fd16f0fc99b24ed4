from contextlib import ExitStack

import pytest

from tests.gateway.browser import chromium
from tests.gateway.running import running


@pytest.fixture(scope="session")
def services(tmp_path_factory):
    """Gives a service with these options. It is started once; each test finds it as new."""
    with ExitStack() as stack:
        started = {}

        def service(hooks=None, **options):
            options.setdefault("rate", 0)           # all tests of a minute are one tenant
            key = (id(hooks), *sorted(options.items()))
            if key not in started:
                started[key] = stack.enter_context(running(tmp_path_factory.mktemp("service"), hooks=hooks, **options))
            started[key].forget_everything()
            return started[key]

        yield service


@pytest.fixture
def service(services):
    return services()


@pytest.fixture(scope="module")
def browser():
    """Not for the whole session: its event loop would be in the way of other tests."""
    with chromium() as started:
        yield started
