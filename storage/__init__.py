"""The room of what is kept: the translation memory; jobs, segments and documents are to come."""
