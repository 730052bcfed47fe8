# Digit Lab in a container; how to run it is in docs/deploying.md.
#
#     docker build --tag digit-lab .
#     docker build --tag digit-lab:gpu --build-arg GPU=1 .   # for an NVIDIA GPU
FROM python:3.11-slim

WORKDIR /app
ARG GPU=0
COPY requirements.txt .
# For a GPU the same TensorFlow with its CUDA libraries, which take some 4 GB more.
RUN tensorflow=$(sed -n 's/^tensorflow\(==[^ ]*\).*/tensorflow[and-cuda]\1/p' requirements.txt) \
    && pip install --no-cache-dir -r requirements.txt $(test "$GPU" = 0 || echo "$tensorflow")

COPY . .
# Compiled now, since nothing can be written here later; and one folder that the server may write to.
RUN python -m compileall -q . \
    && useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin digits \
    && install --directory --owner digits --group digits /data

# HOME has Keras's cache with MNIST. Whoever reaches a container's port is not its only user.
ENV HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DIGIT_LAB_RUNS=/data/runs \
    DIGIT_LAB_DRAWINGS=/data/drawings \
    DIGIT_LAB_SHARED=true \
    WEBSOCKETS_MAX_LINE_LENGTH=32768 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost
USER digits
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", "\
from os import environ; from urllib.request import urlopen; \
base = environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); \
urlopen('http://127.0.0.1:8501/' + (base and base + '/') + '_stcore/health', timeout=5)"]

# Without a shell, so that SIGTERM reaches the server, which ends at once.
CMD ["streamlit", "run", "app.py"]
