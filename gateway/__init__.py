"""The room of HTTP: who may ask for what, how uploads come in, how answers go out."""
