"""Empresa › Fila de Geração de OS."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app import keyset
from app.clock import now
from app.work_orders.models import RequestStatus

QUEUE = "/c/aurora/work-orders/requests"


@pytest.fixture
def wishes(add_request, add_work_order):
    """One of each state; the waiting one is the oldest that isn't made."""
    made = add_work_order(source="tests.document", source_id=4)
    return {
        "pending": add_request(source_id=11, created_at=now() - timedelta(minutes=7)),
        "running": add_request(
            source_id=12,
            status=RequestStatus.RUNNING,
            attempts=3,
            lease_token="0" * 32,
        ),
        "dead": add_request(source_id=13, status=RequestStatus.DEAD, attempts=8, last_error="Sem <técnico>"),
        "done": add_request(source_id=4, status=RequestStatus.DONE, work_order_id=made.id),
    }


def figures(page: str) -> dict[str, str]:
    found = re.search(r'<dl class="figures">(.*?)</dl>', page, re.DOTALL)[1]
    return dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", found))


def test_queue_counts_each_state_and_says_how_long_the_oldest_waits(as_user, wishes):
    page = as_user("ana").get(QUEUE).text
    assert figures(page) == {
        "Aguardando": "1",
        "Em execução": "1",
        "Gerada": "1",
        # One is the test world's own.
        "Falhou": "2",
        "Espera mais longa": "7 minutos",
    }


def test_queue_lists_source_asker_attempts_error_and_work_order(as_user, wishes):
    page = as_user("ana").get(QUEUE).text
    for text in ("tests.document 11", "Bruno", "Sem &lt;técnico&gt;", ">8</td>"):
        assert text in page
    assert f'href="/c/aurora/work-orders/{wishes["done"].work_order_id}"' in page
    assert page.count("Tentar novamente") == 2


@pytest.mark.parametrize("status", ["pending", "running", "dead", "done"])
def test_state_narrows(as_user, wishes, status):
    page = as_user("ana").get(f"{QUEUE}?status={status}").text
    expected = str(wishes[status].source_id)
    listed = set(re.findall(r"tests\.document (\d+)", page)) - {"1"}
    assert listed == {expected}


def test_unknown_state_narrows_nothing_and_an_empty_one_says_so(as_user, wishes, add_request):
    client = as_user("ana")
    assert "tests.document 11" in client.get(f"{QUEUE}?status=nonsense").text
    assert "Nada encontrado." in client.get("/c/boreal/work-orders/requests?status=pending").text


def test_trying_again_from_the_queue_comes_back_to_it(as_user, wishes):
    client = as_user("ana")
    response = client.post(f"{QUEUE}/{wishes['dead'].id}/retry", data={"from": "queue"})
    assert (response.status_code, response.location) == (303, QUEUE)
    page = client.get(QUEUE).text
    assert figures(page)["Aguardando"] == "2"


def test_queue_pages(as_user, wishes, monkeypatch):
    monkeypatch.setitem(keyset.keyset_page.__kwdefaults__, "size", 2)
    client = as_user("ana")
    first = client.get(QUEUE).text
    following = re.search(r'href="([^"]+)"[^>]*rel="next"', first)[1].replace("&amp;", "&")
    assert re.findall(r"tests\.document (\d+)", first) == ["4", "13"]
    assert re.findall(r"tests\.document (\d+)", client.get(following).text) == ["12", "11"]


@pytest.mark.parametrize(
    ("login", "status"), [("ana", 200), ("sofia", 403), ("bruno", 403), ("vera", 403), ("carla", 404)]
)
def test_queue_is_the_admins(as_user, wishes, login, status):
    assert as_user(login).get(QUEUE).status_code == status


def test_queue_shows_nothing_of_another_company(as_user, wishes):
    page = as_user("dora").get("/c/cometa/work-orders/requests").text
    assert "SEGREDO-DE-aurora" not in page
    assert figures(page)["Aguardando"] == "0"
    assert figures(page)["Espera mais longa"] == "—"
