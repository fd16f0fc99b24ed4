# The command line with the embedded engine; runs offline.
FROM python:3.12-slim
COPY pyproject.toml README.md LICENSE /src/
COPY parsers /src/parsers
COPY pipeline /src/pipeline
COPY storage /src/storage
COPY workers /src/workers
COPY gateway /src/gateway
COPY diglot /src/diglot
RUN pip install --no-cache-dir /src && rm -r /src && useradd --create-home diglot
USER diglot
WORKDIR /documents
ENTRYPOINT ["diglot"]
CMD ["--help"]
