# One image for every part: `gateway run exchange`, `gateway run projections`, `gateway topics apply`.
# Packages come from the lock, as wheels, each checked against its hash; the core is compiled by mypyc.

FROM python:3.11.13-slim-bookworm AS packages
COPY requirements/runtime.txt /requirements.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --no-deps --only-binary=:all: -r /requirements.txt

# Not slim: the compiler is here, and stays here.
FROM python:3.11.13-bookworm AS core
WORKDIR /source
COPY requirements/dev.txt requirements/dev.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --no-deps --only-binary=:all: -r requirements/dev.txt
COPY pyproject.toml pyproject.toml
COPY ops/native.py ops/native.py
COPY gateway gateway
RUN /venv/bin/python ops/native.py --into /compiled

FROM python:3.11.13-slim-bookworm
# /data is what a process keeps between its starts, and can lose.
RUN useradd --system --uid 10001 --user-group --no-create-home gateway \
 && install -d -o gateway -g gateway /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY topics topics
COPY avro avro
COPY regions regions
COPY --from=core /compiled/gateway_core__mypyc*.so ./
COPY --from=core /compiled/gateway gateway
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GATEWAY_DATA_DIR=/data
RUN python -m gateway --version | grep "compiled by mypyc" && python -m gateway check
USER gateway
VOLUME /data
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["--help"]
