"""Packaging: what is installed, what it needs, and the short names of its plugins."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "movieserver/__init__.py").read_text())
assert VERSION is not None

BENCH = ["fastapi>=0.130", "uvicorn[standard]>=0.35", "aiohttp>=3.12"]
"""What movieserver is measured against; the tests run the benchmarks briefly."""

FUZZ = ["schemathesis>=4.31"]
"""What sends requests that nobody would think of; the tests run it for a few seconds."""

OTEL = [
    "opentelemetry-api>=1.35",
    "opentelemetry-sdk>=1.35",
    "opentelemetry-exporter-otlp-proto-http>=1.35",
]
"""What makes and sends traces; a server without tracing does not need it."""


class BuildAnew(build_py):
    """Keeps files of an earlier build that are no longer in the sources out of a package."""

    def run(self) -> None:
        """Empty the package's build folder before it is filled."""
        if not self.editable_mode:
            shutil.rmtree(Path(self.build_lib, "movieserver"), ignore_errors=True)
        super().run()


setup(
    name="movieserver",
    version=VERSION[1],
    description="Best Picture nominees, users' rates and the ten best rated films, over HTTP",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[*find_packages(include=["movieserver", "movieserver.*"]), "movieserver.config"],
    package_dir={"movieserver.config": "config"},
    cmdclass={"build_py": BuildAnew},
    package_data={
        "": ["*.sql", "*.cql", "*.yaml", "*.html", "*.css", "py.typed"],
        "movieserver": ["data/*.csv", "data/LICENSE*", "page/*"],
        "movieserver.config": ["production/*.yaml"],
    },
    install_requires=[
        "tornado>=6.5,<7",
        "pyyaml>=6",
        "pyjwt[crypto]>=2.15",
        "rapidfuzz>=3.10",
        "cachetools>=5.5",
        "python-json-logger>=3.2",
        "aiopg>=1.4,<2",
        "cassandra-driver>=3.29,<4",
        "kafka-python>=3.0,<3.1",  # we use more of it than it promises to keep
        "crc32c>=2.7",
        "msgspec>=0.20",
        "lz4>=4.3",  # these three decompress events that other programs compressed
        "python-snappy>=0.7",
        "zstandard>=0.23",
        "prometheus-client>=0.21",
    ],
    extras_require={
        "test": [
            *BENCH,
            *FUZZ,
            *OTEL,
            "pytest>=8",
            "pytest-timeout>=2.3",
            "pytest-tornado>=0.8.1",
            "pytest-xdist>=3.6",
            "setuptools>=70.1,<81",  # builds wheels; pytest-tornado imports its pkg_resources
            "mypy>=1.13",
            "ruff>=0.8",
            "import-linter>=2.12",
            "requests>=2.32",
            "types-PyYAML",
            "types-requests",
            "types-cachetools",
            "types-jsonschema",
            "build>=1.2",
            "selenium>=4.20",
            "axe-core-python>=0.1",
            "grafana-foundation-sdk",  # Grafana's own types of a dashboard
            "openapi-spec-validator>=0.8",
            "openapi-python-client>=0.28",
            "httpx>=0.28",
            "markdown-it-py>=3",  # reads the pages whose commands the tests run
        ],
        "bench": BENCH,
        "fuzz": FUZZ,
        "otel": OTEL,
    },
    entry_points={
        "console_scripts": ["movieserver = movieserver.commands:main"],
        "movieserver.handlers": [
            "bestpictures = movieserver.handlers.bestpictures:resource",
            "ceremonies = movieserver.handlers.ceremonies:resource",
            "description = movieserver.handlers.description:resource",
            "health = movieserver.handlers.health:resource",
            "metrics = movieserver.handlers.metrics:resource",
            "movies = movieserver.handlers.movies:resource",
            "page = movieserver.handlers.page:resource",
            "rates = movieserver.handlers.rates:resource",
            "top10 = movieserver.handlers.top10:resource",
            "top10_stream = movieserver.handlers.top10_stream:resource",
        ],
        "movieserver.jobs": [
            "consume_rates = movieserver.jobs.consume_rates:ConsumeRates",
            "refresh_movies = movieserver.jobs.refresh_movies:RefreshMovies",
            "refresh_nominees = movieserver.jobs.refresh_nominees:RefreshNominees",
            "refresh_top10 = movieserver.jobs.refresh_top10:RefreshTop10",
            "refresh_weighted = movieserver.jobs.refresh_weighted:RefreshWeighted",
            "refresh_view = movieserver.jobs.refresh_view:RefreshView",
            "relay_rates = movieserver.jobs.relay_rates:RelayRates",
        ],
        "movieserver.backends": [
            "postgres = movieserver.backends.postgres:backend",
            "postgresql = movieserver.backends.postgres:backend",
            "cassandra = movieserver.backends.cassandra:backend",
            "kafka = movieserver.backends.kafka:backend",
            "sqlite = movieserver.backends.sqlite:backend",
        ],
    },
)
