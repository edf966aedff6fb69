"""The public reads with FastAPI on uvicorn (uvloop, httptools): python -m … DATA PORT."""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Nominee(BaseModel):
    id: str
    title: str
    year: str
    additional_info: str
    won: bool


class RatedMovie(BaseModel):
    id: str
    title: str
    rate: float
    rate_count: int
    box_office_value: int | None


class TopTen(BaseModel):
    result: list[RatedMovie]


def make_app(data: dict[str, Any]) -> FastAPI:
    app = FastAPI()
    nominees = {each["title"].casefold(): Nominee(**each) for each in data["nominees"]}
    movies = [RatedMovie(**each) for each in data["top10"]]

    @app.get("/movies/bestpictures")
    async def best_picture(title: str) -> Nominee:
        nominee = nominees.get(title.casefold())
        if nominee is None:
            raise HTTPException(404)
        return nominee

    @app.get("/movies/top10")
    async def top_ten() -> TopTen:
        return TopTen(result=movies)

    return app


def main() -> None:
    data, port = sys.argv[1:]
    app = make_app(json.loads(Path(data).read_text("utf-8")))
    uvicorn.run(
        app, port=int(port), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main()
