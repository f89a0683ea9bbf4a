"""Who gets in: token, Host, Origin, and what each refusal says."""

import httpx
import pytest

from tests.serve.gateway_process import TOKEN, GatewayProcess

WRONG = ["", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ü"]
ROUTES = [("GET", "/v1/state"), ("GET", "/v1/models"), ("POST", "/v1/chat/completions"), ("GET", "/nothing")]


@pytest.mark.parametrize("authorization", WRONG)
def test_without_the_right_token_nothing_but_health_answers(gateway: GatewayProcess, authorization: str) -> None:
    for method, path in ROUTES:
        answer = gateway.request(method, path, headers={"Authorization": authorization.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "token" in answer.json()["error"]["message"]
    assert httpx.get(gateway.url + "/healthz", trust_env=False).json() == {"status": "ok", "state": "ready"}


def test_a_web_page_is_refused_even_with_the_token(gateway: GatewayProcess) -> None:
    for origin in ("http://evil.example", "null", gateway.url):
        answer = gateway.request("GET", "/v1/state", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "browser")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example", "[::2]:80", ""])
def test_an_unknown_host_name_is_refused(gateway: GatewayProcess, host: str) -> None:
    answer = gateway.request("GET", "/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "127.0.0.1:1", "[::1]:8600"])
def test_loopback_names_pass_on_any_port_so_that_tunnels_work(gateway: GatewayProcess, host: str) -> None:
    assert gateway.request("GET", "/v1/state", headers={"Host": host}).status_code == 200


def test_there_are_no_generated_pages(gateway: GatewayProcess) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert gateway.request("GET", path).status_code == 404
