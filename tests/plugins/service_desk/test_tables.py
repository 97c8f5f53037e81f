"""The service desk's tables are the plugin's: where it is off they don't exist (R1)."""

import pytest

from tests.world import log_in

TABLES = {
    "channels": "channel",
    "forwarding-outcomes": "forwarding_outcome",
    "problem-categories": "problem_category",
    "known-problems": "known_problem",
}
"""Path → the row of the tests' world."""


@pytest.mark.parametrize("table", TABLES)
def test_plugin_off_is_not_found(client, world, table):
    log_in(client, world, "dora")
    row = getattr(world.rows["cometa"], TABLES[table])
    base = f"/c/cometa/service-desk/{table}"
    for url in (base, f"{base}/new", f"{base}/{row.id}", f"/c/cometa/service-desk/lookups/{table}"):
        assert client.get(url).status_code == 404, url
    for url in (f"{base}/new", f"{base}/{row.id}", f"{base}/{row.id}/delete"):
        assert client.post(url, data={"code": "X", "name": "X", "version": "1"}).status_code == 404, url


def test_menu_has_the_tables_only_where_the_plugin_is_on(client, world):
    log_in(client, world, "dora")
    assert "Meios de Comunicação" not in client.get("/c/cometa/customers").text
    log_in(client, world, "ana")
    page = client.get("/c/aurora/customers").text
    for label in (
        "Meios de Comunicação",
        "Conclusões de Encaminhamentos",
        "Categorias de Problemas",
        "Problemas e Soluções",
    ):
        assert label in page


def test_lookups_offer_active_rows(client, world):
    log_in(client, world, "vera")
    found = client.get("/c/aurora/service-desk/lookups/channels").json["items"]
    assert [item["code"] for item in found] == ["TEL"]
    found = client.get("/c/aurora/service-desk/lookups/forwarding-outcomes?q=resolv").json["items"]
    assert [item["code"] for item in found] == ["OK"]
