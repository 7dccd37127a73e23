# One image, three commands: `serve --no-worker` (the API, by default), `worker` and `migrate`.
# The last two answer no HTTP: start them with --no-healthcheck.
FROM python:3.13-slim AS build
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/rementor
COPY requirements/app.txt requirements/app.txt
RUN python -m venv /opt/venv && pip install --require-hashes -r requirements/app.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q app migrations

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    REMENTOR_ENVIRONMENT=production
RUN useradd --system --uid 10001 --no-create-home rementor
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/rementor /srv/rementor
WORKDIR /srv/rementor
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.getenv(\"PORT\", \"8000\")}/livez', timeout=2)"]
ENTRYPOINT ["rementor"]
CMD ["serve", "--no-worker", "--host", "0.0.0.0"]
