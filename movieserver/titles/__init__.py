"""The title index: from what people type to the nominee that they mean."""

from movieserver.titles.index import (
    TitleIndex,
    award_years,
    beginning_json,
    nominee_json,
    suggestion_json,
)

__all__ = ["TitleIndex", "award_years", "beginning_json", "nominee_json", "suggestion_json"]
