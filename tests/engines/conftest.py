"""Tests that need real servers are collected where the environment asks for them: ENGINES=1."""

import os

collect_ignore_glob = [] if os.environ.get("ENGINES") else ["test_*.py"]
