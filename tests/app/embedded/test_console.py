"""What ``./dev up`` shows."""

from __future__ import annotations

import io

from app.embedded.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class ClosedTerminal(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError("gone")


def test_whole_lines_written_since_are_shown_behind_the_name(tmp_path):
    log, stream = tmp_path / "web.log", io.StringIO()
    log.write_text("of an earlier run\n")
    console = Console(stream)
    console.follow("web", log)
    console.follow("worker", tmp_path / "worker.log")  # not there yet
    with log.open("a") as file:
        file.write("one\n\ntwo, unfin")
        file.flush()
        console.show_new_lines()
        file.write("ished\nthree\n")
    console.show_new_lines()
    assert stream.getvalue() == "web      | one\nweb      | two, unfinished\nweb      | three\n"


def test_names_are_coloured_on_a_terminal_only_and_not_against_the_users_wish(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    Console(terminal).say("web", "line")
    assert terminal.getvalue() == "\033[32mweb      |\033[0m line\n"
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    Console(plain).say("web", "line")
    assert plain.getvalue() == "web      | line\n"


def test_a_closed_terminal_stops_nothing():
    console = Console(ClosedTerminal())
    console.say("web", "line")
    console.say("web", "line")
