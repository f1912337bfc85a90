# One image for every role: pulse serve | worker | scheduler | up
FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.11-slim-bookworm AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --group chat --no-install-project
COPY store store
COPY etl etl
COPY servers servers
COPY agents agents
COPY chat_ui chat_ui
COPY gateway gateway
RUN uv sync --locked --no-dev --group chat

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 pulse && useradd --uid 10001 --gid 10001 --home-dir /home/pulse --create-home --shell /usr/sbin/nologin pulse
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PULSE_HOME=/home/pulse/data PULSE_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["pulse", "serve"]
