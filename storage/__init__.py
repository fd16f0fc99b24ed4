"""The room of what is kept: jobs and segments, documents, the translation memory. Not built yet."""
