"""The room of those who do the jobs: their steps; the Celery app and the watched folder are to come."""
