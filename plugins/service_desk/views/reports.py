"""HTTP of the report of tickets and forwardings: one page, whose address is the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import abort, current_app, g, redirect, render_template, request
from flask_babel import lazy_gettext as _l

from app.plugin_api import now, transaction
from app.plugin_api.reports import Column, Reader, reader_of
from app.plugin_api.web import actor, instant, may, requires
from app.reports import queries as saved
from app.reports.permissions import REPORTS_SHARE
from app.reports.services import remember_columns
from plugins.service_desk.forms.reports import ReportForm, breaks_of
from plugins.service_desk.permissions import REPORTS_VIEW
from plugins.service_desk.reports.columns import Source
from plugins.service_desk.reports.contradictions import contradictions
from plugins.service_desk.reports.listing import COLUMNS
from plugins.service_desk.reports.question import MOST_COLUMNS, Question, View
from plugins.service_desk.reports.report import TicketReport, companies_of
from plugins.service_desk.reports.stating import stated
from plugins.service_desk.views.blueprint import bp
from plugins.service_desk.views.report_lists import ANSWER, ListAnswer, address, list_answer
from plugins.service_desk.views.report_saved import SAVED, opened, opened_of, saved_columns, saved_links
from plugins.service_desk.views.report_summaries import BACK, SummaryAnswer, summary_answer, summary_before

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from app.reports.models import SavedReport

FORMATS = (("pdf", "PDF"), ("xlsx", _l("Spreadsheet (XLSX)")), ("csv", "CSV"))
MOST_OFFERED = 10
"""Companies that are looked at for every page: whether the report is there costs statements in each. Of more
only those that the question names, until somebody asks for all."""


@bp.get("/reports/tickets")
@requires(REPORTS_VIEW)
def ticket_report() -> str:
    """The report's page: filters, and what they give."""
    reader, offers_all = _reader()
    form = ReportForm()
    question = form.question
    companies = companies_of(question, reader)
    source = Source.of(g.company, View.TICKETS if question.view.is_summary else question.view)
    known = saved.saved_reports(g.company, actor(), TicketReport.key)
    began = opened_of(known, request.args)
    columns = _shown_columns(question, source, began)
    # As files and saved reports have it: whoever opens one sees the columns that are shown here.
    shown = replace(question, columns=columns)
    back = None if question.view.is_summary else summary_before(request.args)
    along = ({SAVED: str(began.id)} if began else {}) | ({BACK: request.args[BACK]} if back else {})
    query = shown.query()
    listed: ListAnswer | None = None
    summed: SummaryAnswer | None = None
    if question.refused:
        # Saving it is refused, too, and who thinks better of it comes back to this very page.
        query, companies = request.query_string.decode(), ()
    elif companies and question.view.is_summary:
        summed = summary_answer(question, companies, request.args, along)
    elif companies:
        listed = list_answer(question, companies, columns, request.args, along)
    return render_template(
        "service_desk/report.html",
        form=form,
        question=question,
        reader=reader,
        offers_all=offers_all,
        ticked=question.companies or (g.company.code,),
        columns=_columns_to_choose(columns, source),
        breaks=breaks_of(source),
        grouped_views=[view.value for view in View if not view.is_summary],
        stated=() if question.refused else stated(question, g.company, companies),
        saved=saved_links(known, began, shown),
        opened=opened(began, shown) if began else None,
        along=along,
        back=back,
        contradictions=contradictions(question),
        listed=listed,
        summed=summed,
        files=[(key, label, uuid4()) for key, label in FORMATS],
        report_key=TicketReport.key,
        query=query,
        may_share=may(REPORTS_SHARE),
        answer=ANSWER,
        printed_at=instant(now()),
    )


def _reader() -> tuple[Reader, bool]:
    """Who asks, and whether all their companies were looked at."""
    if len(g.memberships) == 1:
        # What let them in here is all that there is to look at.
        return Reader(actor(), g.company, (g.company,)), True
    registry = current_app.extensions["balcao"]
    is_all = len(g.memberships) <= MOST_OFFERED or request.args.get("companies") == "all"
    named = ",".join(request.args.getlist("company")).split(",")
    _, report = registry.reports[TicketReport.key]
    reader = reader_of(actor(), g.company, report, registry, among=None if is_all else named)
    return reader or abort(404), is_all


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────


def _shown_columns(question: Question, source: Source, began: SavedReport | None) -> tuple[str, ...]:
    """Those that the address names, or those of the saved report that the page began from, or those that the
    user remembered, or the view's own.
    """
    if question.view.is_summary:
        return ()
    known = source.columns
    named = [key for key in question.columns if key in known]
    if not named:
        named = [key for key in saved_columns(began, question) if key in known]
    if not named:
        kept = saved.remembered_columns(g.company, actor(), TicketReport.key, question.view)
        named = [key for key in kept or () if key in known]
    return tuple(named) or COLUMNS[question.view]


def _columns_to_choose(chosen: Sequence[str], source: Source) -> list[tuple[Column, bool]]:
    """All that a line can show: what it does show in its order, then the others; nothing of a summary."""
    others = [key for key in source.columns if key not in chosen]
    return [(source.columns[key].column, key in chosen) for key in (*chosen, *others)] if chosen else []


@bp.post("/reports/tickets/columns")
@requires(REPORTS_VIEW)
def ticket_report_columns() -> Response:
    """Remember which columns the user wants to see in this kind of the report; none: the usual ones."""
    question = Question.parse(request.form.get("query", ""), g.company)
    along = {name: request.form[name] for name in (SAVED, BACK) if request.form.get(name)}
    columns: tuple[str, ...] = ()
    if not question.view.is_summary:
        known = Source.of(g.company, question.view).columns
        wanted = dict.fromkeys(key for key in request.form.getlist("columns") if key in known)
        columns = () if "usual" in request.form else tuple(wanted)[:MOST_COLUMNS]
        with transaction():
            remember_columns(
                company=g.company,
                actor=actor(),
                report_key=TicketReport.key,
                kind=question.view.value,
                columns=columns,
            )
    # Beside a saved report no columns would be its own ones.
    named = (columns or COLUMNS.get(question.view, ())) if SAVED in along else ()
    return redirect(address(replace(question, columns=named), more=along), 303)
