import os
from collections.abc import Iterator

import pytest

from tests.storage import servers


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    named = os.environ.get("DIGLOT_TEST_POSTGRES")
    if named:
        yield named
        return
    binaries = servers.find_binaries()
    if binaries is None:
        pytest.skip(servers.INSTALL)
    with servers.postgres(binaries) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_cluster: str) -> str:
    """An empty database."""
    import psycopg

    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")        # a database for each test takes a second, and a minute to remove
        connection.execute("CREATE SCHEMA public")
    return postgres_cluster


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="no S3-compatible server here: pip install 'moto[server]'")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()
