"""A watched folder: what is put into ``in/`` is translated into ``out/``, each file exactly once (docs/watch.md)."""
