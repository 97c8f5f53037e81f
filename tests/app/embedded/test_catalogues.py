"""Catalogues are compiled when, and only when, they changed."""

from __future__ import annotations

import gettext
import os

from app.embedded.catalogues import compile_catalogues

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Ticket"
msgstr "Atendimento"
"""


def test_host_and_plugins_are_compiled_once_and_again_after_a_change(tmp_path):
    sources = [
        tmp_path / owner / "translations" / "pt_BR" / "LC_MESSAGES" / "messages.po"
        for owner in ("app", "plugins/service_desk")
    ]
    for source in sources:
        source.parent.mkdir(parents=True)
        source.write_text(PO)
    assert compile_catalogues(tmp_path) == sources
    assert compile_catalogues(tmp_path) == []
    with sources[0].with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Ticket") == "Atendimento"
    assert sorted(path.name for path in sources[0].parent.iterdir()) == ["messages.mo", "messages.po"]
    later = sources[1].with_suffix(".mo").stat().st_mtime + 10
    os.utime(sources[1], (later, later))
    assert compile_catalogues(tmp_path) == [sources[1]]
