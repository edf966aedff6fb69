"""The public reads with Tornado's RequestHandler: python -m … DATA PORT."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tornado.web import Application, HTTPError, RequestHandler


class BestPictureHandler(RequestHandler):
    def initialize(self, nominees: dict[str, Any]) -> None:
        self.nominees = nominees

    def get(self) -> None:
        nominee = self.nominees.get(self.get_query_argument("title").casefold())
        if nominee is None:
            raise HTTPError(404)
        self.write(nominee)


class TopTenHandler(RequestHandler):
    def initialize(self, movies: list[Any]) -> None:
        self.movies = movies

    def get(self) -> None:
        self.write({"result": self.movies})


def make_app(data: dict[str, Any]) -> Application:
    nominees = {nominee["title"].casefold(): nominee for nominee in data["nominees"]}
    return Application(
        [
            (r"/movies/bestpictures", BestPictureHandler, {"nominees": nominees}),
            (r"/movies/top10", TopTenHandler, {"movies": data["top10"]}),
        ]
    )


async def serve(app: Application, port: int) -> None:
    app.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


def main() -> None:
    data, port = sys.argv[1:]
    asyncio.run(serve(make_app(json.loads(Path(data).read_text("utf-8"))), int(port)))


if __name__ == "__main__":
    main()
