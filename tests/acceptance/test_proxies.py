"""Behind a proxy that sets X-Forwarded-For: whoever it says is the client."""

from pathlib import Path

from tests.conftest import Start

PROFILE = """
profile: proxied
listen: 127.0.0.1:0
shipped_data: true
stores: {movies: 'sqlite:///movieserver.db'}
handlers:
  bestpictures: {access: public, limit: {requests: 2, seconds: 3600}}
jobs: {refresh_nominees: }
http: {trust_proxy: true}
"""


def test_clients_are_told_apart_by_what_the_proxy_says_alone(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "proxied.yaml"
    profile.write_text(PROFILE)
    server = start("--profile", str(profile))

    def asked(client: str, **own: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.9, {client}", **own}
        return server.get("/movies/bestpictures?title=Wings", headers=headers).status_code

    assert [asked("192.0.2.1") for _ in range(3)] == [200, 200, 429]
    assert asked("192.0.2.2") == 200
    disguise = {"X-Real-Ip": "192.0.2.3", "X-Scheme": "https"}
    assert asked("192.0.2.1", **disguise) == 429
    assert asked("::ffff:192.0.2.1") == 429
    assert asked("::ffff:192.0.2.4") == 200
    assert asked("192.0.2.1:5000") == 429
    assert asked("[::ffff:192.0.2.1]:5000") == 429
    assert asked("[2001:db8::1]") == 200
