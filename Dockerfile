# Diglot with all of its service; which part of it runs is the command: gateway, worker, watch, jobs … It needs no GPU.
# The engine that is built in has its English–Portuguese models in the image and runs offline.
FROM python:3.12.12-slim-bookworm AS build
RUN python -m venv /opt/diglot
ENV PATH=/opt/diglot/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY pyproject.toml README.md LICENSE /src/
COPY parsers /src/parsers
COPY pipeline /src/pipeline
COPY storage /src/storage
COPY workers /src/workers
COPY gateway /src/gateway
COPY diglot /src/diglot
RUN pip install '/src[service]' && pip uninstall --yes pip

FROM python:3.12.12-slim-bookworm
# Folders of named volumes get their owner from the image.
RUN groupadd --gid 10001 diglot \
    && useradd --uid 10001 --gid diglot --home-dir /data --no-create-home --shell /usr/sbin/nologin diglot \
    && install -d -o diglot -g diglot -m 0700 /data /data/documents /watched \
    && install -d -o diglot -g diglot /documents \
    && rm -rf /usr/local/lib/python3.12/site-packages/pip* /usr/local/bin/pip*
COPY --from=build /opt/diglot /opt/diglot
ENV PATH=/opt/diglot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DIGLOT_DATA=/data
USER 10001:10001
WORKDIR /documents
# Health is asked for where it is known which part runs: docker-compose.yml, or the probes of Kubernetes.
ENTRYPOINT ["diglot"]
CMD ["--help"]
