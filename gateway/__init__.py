"""The room of HTTP: the upload endpoint, jobs, the web page. Not built yet."""
