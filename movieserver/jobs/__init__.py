"""Background work, one file per job."""

from movieserver.jobs.job import Job

__all__ = ["Job"]
