import pytest

from tests.storage.conftest import postgres_cluster, postgres_url  # noqa: F401 - fixtures
from tests.workers.watching.desk import Desk


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk_with(tmp_path):
    """Makes desks on one folder."""
    made = []

    def make(**options):
        made.append(Desk(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
