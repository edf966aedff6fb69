FROM python:3.11-slim
WORKDIR /src
COPY setup.py pyproject.toml README.md LICENSE NOTICE ./
COPY config config
COPY movieserver movieserver
RUN pip install --no-cache-dir . && rm -r /src && useradd --create-home movieserver
USER movieserver
WORKDIR /home/movieserver
ENTRYPOINT ["movieserver"]
