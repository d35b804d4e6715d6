"""The fake server itself: it must do to a client what it says, and count it right."""

import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest

from assay.core.errors import UsageError
from assay.testing import FakeServer, HttpReply, is_right, planted_letter, planted_value


def post(
    server: FakeServer, prompt: str = "[item 1]", *, path: str = "/v1/chat/completions", **body: Any
) -> tuple[int, dict[str, str], bytes]:
    content = json.dumps({"model": "fake", "messages": [{"role": "user", "content": prompt}], **body}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(server.root + path, data=content), timeout=5) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def text(answer: bytes) -> str:
    return str(json.loads(answer)["choices"][0]["message"]["content"])


def test_the_last_marker_decides() -> None:
    with FakeServer(accuracy=1.0) as server:
        assert text(post(server, "Example [item 1] ... now [item 2]")[2]).endswith(f": {planted_value(2)}")
        assert text(post(server, "[mc 3]")[2]) == f"ANSWER: {planted_letter(3)}"
        assert "none" in text(post(server, "no marker")[2])


@pytest.mark.parametrize("accuracy", [0.0, 0.25, 0.9, 1.0])
def test_planted_accuracy_holds_over_any_range(accuracy: float) -> None:
    for start in (0, 1234, 10**6):
        share = sum(is_right(item, accuracy) for item in range(start, start + 1000)) / 1000
        assert abs(share - accuracy) <= 0.004


def test_wrong_answers_are_wrong() -> None:
    with FakeServer(accuracy=0.0) as server:
        assert not text(post(server, "[item 5]")[2]).endswith(f": {planted_value(5)}")
        assert text(post(server, "[mc 5]")[2]) != f"ANSWER: {planted_letter(5)}"


def test_answers_may_vary_between_trials() -> None:
    with FakeServer(accuracy=0.5, vary=True) as server:
        assert len({text(post(server, "[item 5]")[2]) for _ in range(40)}) == 2


def test_faults_come_in_their_shares_and_the_same_every_time() -> None:
    runs = []
    for _ in range(2):
        with FakeServer(p500=0.2, p429=0.1, retry_after=2, seed=5) as server:
            runs.append([post(server)[0] for _ in range(200)])
            stats = server.stats()
        assert stats["failed"] == runs[-1].count(500) and stats["refused"] == runs[-1].count(429)
        assert stats["answered"] == 200 - stats["failed"] - stats["refused"]
    assert runs[0] == runs[1] and 20 < runs[0].count(500) < 60 and 8 < runs[0].count(429) < 35


def test_a_real_rate_limit_lets_its_burst_through_and_says_when() -> None:
    with FakeServer(rate=0.5, burst=3, retry_after=0) as server:
        answers = [post(server) for _ in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert 1.0 < float(answers[3][1]["retry-after"]) <= 2.0


def test_stats_count_items_repeats_and_reset() -> None:
    with FakeServer() as server:
        for item in (1, 2, 2, 3):
            post(server, f"[item {item}]")
        stats = server.stats()
        assert (stats["requests"], stats["items"], stats["repeats"], stats["max_in_flight"]) == (4, 3, 1, 1)
        server.reset()
        assert server.stats()["requests"] == 0


def test_it_dies_after_so_many_answers_and_comes_back() -> None:
    with FakeServer(die_after=2) as server:
        assert post(server)[0] == post(server)[0] == 200
        with pytest.raises(OSError):
            for _ in range(3):
                post(server)
        server.revive()
        assert post(server)[0] == 200


def test_an_answer_cut_in_the_middle_and_one_that_never_comes() -> None:
    with FakeServer(cut=1.0) as server:
        with pytest.raises((OSError, http.client.HTTPException)):
            post(server)
        assert server.stats()["cut"] == 1
    with FakeServer(hang=1.0) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plug:
            plug.sendall(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
            plug.settimeout(0.1)
            with pytest.raises(TimeoutError):
                plug.recv(1)
        assert server.stats()["hung"] == 1


def test_requests_in_pieces_and_back_to_back() -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "[item 1]"}]}).encode()
    one = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with FakeServer() as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as plug:
        for place in range(0, len(one), 17):
            plug.sendall(one[place : place + 17])
        plug.sendall(one + one)
        received = b""
        while received.count(b"chatcmpl-0") < 3:
            received += plug.recv(65536)
        assert received.count(b"HTTP/1.1 200 OK") == 3


def test_what_it_cannot_read_is_a_400_and_a_strange_path_a_404() -> None:
    with FakeServer() as server:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for path, content, status in (
            ("/v1/chat/completions", b"{no json", 400),
            ("/v1/completions", b"{}", 400),
            ("/v1/elsewhere", b"{}", 404),
        ):
            with pytest.raises(urllib.error.HTTPError) as caught:
                opener.open(urllib.request.Request(server.root + path, data=content), timeout=5)
            with caught.value:
                assert caught.value.code == status


def test_in_a_process_of_its_own() -> None:
    with FakeServer(process=True, accuracy=1.0) as server:
        assert text(post(server, "[item 9]")[2]).endswith(str(planted_value(9)))
        server.set(text="constant")
        assert text(post(server)[2]) == "constant"
        assert server.stats()["answered"] == 2
        server.reset()
        assert server.stats()["answered"] == 0


def test_a_wrong_behaviour_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="Did you mean latency"):
        FakeServer(latancy=1)


def test_two_servers_on_one_port() -> None:
    with FakeServer() as server, pytest.raises(UsageError, match="port"), FakeServer(port=server.port):
        pass


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_server_that_counts_nothing(path: str, stream: bool) -> None:
    with FakeServer(counts=False) as server:
        _, _, body = post(server, path=path, stream=stream)
        server.set(counts=True)
        counted = post(server, path=path, stream=stream)[2]
    assert b"_tokens" not in body and b"_tokens" in counted


def test_a_whole_answer_may_be_written() -> None:
    said = HttpReply(status=403, body="不".encode("gb18030"), content_type="text/plain; charset=gb18030", headers={"retry-after": "3"})
    with FakeServer(answer=lambda body: said) as server:
        status, headers, body = post(server)
    assert (status, headers["retry-after"], body) == (403, "3", said.body) and "gb18030" in headers["content-type"]
