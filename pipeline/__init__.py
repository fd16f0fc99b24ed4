"""One document in, the same document in another language and an account of every segment out."""
