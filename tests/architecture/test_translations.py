"""Every text of the interface has its Portuguese."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
METHODS = [
    ("**/migrations/**.py", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2.ext.babel_extract"),
]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_n": (1, 2)}


def catalogue(folder: Path) -> dict[object, object]:
    with (folder / "translations/pt_BR/LC_MESSAGES/messages.po").open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale="pt_BR") if m.id}


def texts(folder: Path) -> set[tuple[str, object]]:
    found = extract_from_dir(folder, METHODS, {"jinja2.ext.babel_extract": {}}, KEYWORDS)
    return {(name, message) for name, _line, message, _comments, _context in found}


@pytest.mark.parametrize("folder", ["app", "plugins/service_desk"])
def test_every_text_has_its_portuguese(folder: str) -> None:
    known = catalogue(ROOT / folder)
    if folder != "app":
        # A plugin may reuse the host's texts.
        known = {**catalogue(ROOT / "app"), **known}
    missing = sorted(
        f"{name}: {message!r}" for name, message in texts(ROOT / folder) if not _filled(known, message)
    )
    assert not missing, "\n".join(missing)


def _filled(known: dict[object, object], message: object) -> bool:
    string = known.get(message)
    return bool(string) and (isinstance(string, str) or all(string))  # type: ignore[arg-type]  # plural forms


@pytest.mark.parametrize("folder", ["app", "plugins/service_desk"])
def test_placeholders_are_the_same_in_both_languages(folder: str) -> None:
    import re

    for message, string in catalogue(ROOT / folder).items():
        singular = message[0] if isinstance(message, tuple) else message
        for text in string if isinstance(string, tuple) else (string,):
            names = set(re.findall(r"%\((\w+)\)", str(text)))
            assert names == set(re.findall(r"%\((\w+)\)", str(singular))), message
