"""HTML: bytes → segments → bytes, by splicing."""
