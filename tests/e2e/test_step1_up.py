"""Step 1: `./dev up` prints an address and logins that open the portal; a second one keeps the data.

What `up` does with its processes is tested in `tests/app/embedded/test_up.py`.
"""

from __future__ import annotations

import re
import signal
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.app.embedded.test_up import portal as running
from tests.e2e.conftest import Enter
from tests.e2e.portal import free_port
from tests.e2e.screens import log_in, menu, save

ADDRESS = re.compile(r"http://[\d.]+:\d+")
LOGINS = re.compile(r"^ {4}(\w+) {2,}\w+ of [\w ]+?(?: {2,}(\w+) {2,}\w+ of \w+)?$", re.MULTILINE)
PASSWORD = re.compile(r"password of all six: (\S+)")


def test_the_printed_logins_open_the_printed_address_and_a_second_up_keeps_the_data(
    tmp_path: Path, visit: Enter
):
    port, page = free_port(), visit()
    with running(tmp_path / "var", port) as (program, lines):
        printed = "".join(lines)
        address, password = ADDRESS.search(printed)[0], PASSWORD.search(printed)[1]
        logins = sorted(login for pair in LOGINS.findall(printed) for login in pair if login)
        assert logins == ["ana", "bruno", "carla", "dora", "sofia", "vera"]
        page.goto(address)
        log_in(page, "bruno", password)  # all six log in for the other tests
        add_customer(page)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)

    with running(tmp_path / "var", port):
        page.reload()
        expect(page.get_by_role("heading", name="Armazém do Quilombo")).to_be_visible()


def add_customer(page: Page) -> None:
    menu(page, "Clientes").click()
    page.get_by_role("link", name="Novo cliente").click()
    page.get_by_label("Nome").fill("Armazém do Quilombo")
    page.get_by_label("CPF/CNPJ").fill("999.000.900-71")
    save(page)
    expect(page.get_by_role("heading", name="Armazém do Quilombo")).to_be_visible()
