"""The title index: finds the nominee that people mean by what they type."""

from movieserver.titles.index import (
    TitleIndex,
    award_years,
    nominee_json,
    search_result_json,
    suggestion_json,
)

__all__ = ["TitleIndex", "award_years", "nominee_json", "search_result_json", "suggestion_json"]
