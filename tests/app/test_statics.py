"""Static files may be kept for a year, because their address changes with the content."""

from __future__ import annotations

import pytest

from app import statics
from tests.world import log_in


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(statics, "FOLDER", tmp_path)
    (tmp_path / "theme.css").write_text("a{}")
    return tmp_path


def test_the_address_of_our_files_changes_with_the_content_of_any(files) -> None:
    before = statics.static_url_path()
    assert statics.static_url_path() == before
    (files / "theme.css").write_text("b{}")
    assert statics.static_url_path() != before


def test_every_asset_of_a_page_is_kept_for_a_year(app, client) -> None:
    import re

    page = client.get("/login").text
    assets = [path.replace("&amp;", "&") for path in re.findall(r'(?:src|href)="(/[^"]*static[^"]*)"', page)]
    assert len(assets) >= 5
    for path in assets:
        with client.get(path) as answer:
            assert answer.status_code == 200, path
            assert answer.cache_control.max_age == statics.YEAR, path


@pytest.mark.parametrize("file", ["theme.css", "plugins/service_desk/ticket.js"])
def test_a_file_is_the_same_for_every_cookie_and_asks_for_no_user(
    app, client, world, count_statements, file
) -> None:
    log_in(client, world, "bruno")
    with count_statements() as counted, client.get(f"{app.static_url_path}/{file}") as answer:
        assert answer.status_code == 200
    # A browser fetches what varies by the cookie again whenever that changes.
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert len(counted) == 0


def test_a_packages_file_without_its_digest_is_asked_for_again(client) -> None:
    with client.get("/static/htmx/htmx.min.js") as answer:
        assert not answer.cache_control.max_age


def test_a_missing_file_is_not_kept(app, client) -> None:
    with client.get(f"{app.static_url_path}/nothing.css") as answer:
        assert answer.status_code == 404
        assert not answer.cache_control.max_age
