"""``GET /decades``: how many nominees are of each decade, answered from memory."""

from collections import Counter
from collections.abc import Sequence

from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers import Mount, Resource
from movieserver.handlers.memory import memory_rule
from movieserver.jobs.refresh import RefreshJob
from movieserver.models import Revision


class CountDecades(RefreshJob):
    """Makes the answer whenever the nominees have changed, before anybody asks for it."""

    fills = frozenset({"decades"})

    def part(self, revision: Revision) -> int:
        return revision.nominees

    async def refresh(self) -> None:
        nominees = await self.services.stores.movies.nominees()
        decades = Counter(nominee.film_year // 10 * 10 for nominee in nominees)
        self.services.memory["decades"].replace(Answer.of({"result": sorted(decades.items())}))


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    decades = mount.services.memory["decades"]
    return [memory_rule(r"/decades", mount, lambda _request: decades.value)]


resource = Resource("decades", routes, reads=frozenset({"decades"}))
