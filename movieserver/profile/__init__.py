"""Profiles: reads what one process runs from a YAML file into a frozen ``Profile``.

files ─ yaml_source ─ variables ─ reader (sections, uses) ─ checks ─ Profile
"""

from movieserver.profile.profile import Profile
from movieserver.profile.reader import read_profile
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse

__all__ = ["HandlerUse", "JobUse", "Profile", "StoreUse", "read_profile"]
