"""Databases for which the suites of stores are inherited."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, opened


class OnDatabase(ABC):
    """A suite that wants a database of its own for each test."""

    @pytest.fixture
    @abstractmethod
    def url(self, tmp_path: Path) -> str:
        """Of an empty database."""

    @pytest.fixture
    def database(self, url) -> Iterator[Database]:
        database = opened(url)
        yield database
        database.close()


class OnSqlite(OnDatabase):
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path / 'service.db'}"


class OnPostgres(OnDatabase):
    @pytest.fixture
    def url(self, postgres_url):
        return postgres_url
