"""``GET /movies/random``: any of the films in memory, for people who cannot decide."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tornado.routing import PathMatches, Rule

from movieserver.handlers import Mount, Resource
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.problems import Problem
from movieserver.memory.rankings import ranked
from movieserver.settings import setting


@dataclass(frozen=True)
class RandomOptions:
    """The handler's keys, besides ``access``."""

    min_votes: int = setting("The fewest rates that a film must have.", default=0, minimum=0)


class RandomMovieHandler(BaseHandler):
    """Answers with one film, and probably another one next time."""

    def get(self) -> None:
        options: RandomOptions = self.mount.options
        movies = self.services.memory.movies.value.movies.values()
        eligible = [movie for movie in movies if movie.rate_count >= options.min_votes]
        if not eligible:
            raise Problem(404, "No film has that many rates.")
        self.write_json(ranked(random.choice(eligible)))


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    return [Rule(PathMatches(r"/movies/random"), RandomMovieHandler, {"mount": mount})]


resource = Resource("random_movie", routes, reads=frozenset({"movies"}), options=RandomOptions)
