"""The room of what is kept: the translation memory, jobs with their segments, documents."""
