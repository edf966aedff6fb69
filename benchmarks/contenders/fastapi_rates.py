"""The POST of a rate with FastAPI, PyJWT and sqlite3: python -m … DATABASE SECRET PORT.

It does less than movieserver: it neither notes which rates are pending nor announces them, and it
does not settle the order of versions.
"""

import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import fastapi
import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS rates (
        user_id TEXT NOT NULL,
        movie_id TEXT NOT NULL,
        rate INTEGER NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (user_id, movie_id)
    ) WITHOUT ROWID;
"""
PUT = """
    INSERT INTO rates (user_id, movie_id, rate, version) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET rate = excluded.rate, version = excluded.version
"""


class Rate(BaseModel):
    rate: int = Field(ge=1, le=10)


def user_by(secret: str) -> Callable[..., Awaitable[str]]:
    """The dependency that gives the user in a request's token."""
    bearer = HTTPBearer()

    async def user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
        try:
            claims = jwt.decode(
                credentials.credentials, secret, ["HS256"], options={"require": ["exp", "sub"]}
            )
        except jwt.InvalidTokenError as error:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from error
        return str(claims["sub"])

    return user


def make_app(database: Path, secret: str) -> FastAPI:
    app = FastAPI()
    # One connection behind a lock: with one for each thread, SQLite would wait between tries for
    # its write lock, which costs several times as much.
    connection = sqlite3.connect(database, check_same_thread=False)
    connection.executescript(SCHEMA)
    lock = threading.Lock()
    user = user_by(secret)

    @app.post("/movies/{movie_id}/users/rate")
    def put_rate(
        movie_id: Annotated[str, fastapi.Path(pattern=r"^[A-Za-z0-9_-]{1,20}$")],
        rate: Rate,
        user_id: Annotated[str, Depends(user)],
    ) -> Rate:
        with lock, connection:
            connection.execute(PUT, (user_id, movie_id, rate.rate, time.time_ns() // 1000))
        return rate

    return app


def main() -> None:
    database, secret, port = sys.argv[1:]
    app = make_app(Path(database), Path(secret).read_text().strip())
    uvicorn.run(
        app, port=int(port), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main()
