"""The public reads with aiohttp on uvloop: python -m … DATA PORT."""

import json
import sys
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

NOMINEES = web.AppKey("nominees", dict[str, Any])
MOVIES = web.AppKey("movies", list[Any])


async def best_picture(request: web.Request) -> web.Response:
    nominee = request.app[NOMINEES].get(request.query["title"].casefold())
    if nominee is None:
        raise web.HTTPNotFound
    return web.json_response(nominee)


async def top_ten(request: web.Request) -> web.Response:
    return web.json_response({"result": request.app[MOVIES]})


def make_app(data: dict[str, Any]) -> web.Application:
    app = web.Application()
    app[NOMINEES] = {nominee["title"].casefold(): nominee for nominee in data["nominees"]}
    app[MOVIES] = data["top10"]
    app.router.add_get("/movies/bestpictures", best_picture)
    app.router.add_get("/movies/top10", top_ten)
    return app


def main() -> None:
    data, port = sys.argv[1:]
    web.run_app(
        make_app(json.loads(Path(data).read_text("utf-8"))),
        host="127.0.0.1",
        port=int(port),
        loop=uvloop.new_event_loop(),
        access_log=None,
        print=None,
    )


if __name__ == "__main__":
    main()
