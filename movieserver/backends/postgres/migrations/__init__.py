"""The schema as numbered SQL files, applied in order by ``movieserver migrate``."""
