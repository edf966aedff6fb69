"""Profiles: what one process runs, from a YAML file to a frozen ``Profile``.

files ─ yaml_source ─ variables ─ reader (sections, uses) ─ checks ─ Profile ─ description
"""

from movieserver.profile.description import describe
from movieserver.profile.profile import Profile
from movieserver.profile.reader import read_profile
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse

__all__ = ["HandlerUse", "JobUse", "Profile", "StoreUse", "describe", "read_profile"]
