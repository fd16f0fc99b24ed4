"""The room of those who do the jobs: the Celery app and its tasks, the watched folder. Not built yet."""
