"""The title index: from what people type to the nominee that they mean."""

from movieserver.titles.index import (
    TitleIndex,
    award_years,
    nominee_json,
    search_result_json,
    suggestion_json,
)

__all__ = ["TitleIndex", "award_years", "nominee_json", "search_result_json", "suggestion_json"]
