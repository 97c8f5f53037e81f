"""HTTP of «Meus relatórios» and of saved reports. The page of a report is its plugin's."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from app.companies.models import Company
from app.database import company_scope, transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.keyset import Place
from app.lists import ListLinks
from app.plugin_api.registry import Registry
from app.portal import actor, company_blueprint, may
from app.reports import queries, runs, services
from app.reports.definition import QuestionRefused, Report
from app.reports.forms import FileForm, SavedReportForm
from app.reports.models import PIECE_SIZE, FileStatus, ReportFile, SavedReport
from app.reports.outputs import FORMATS
from app.reports.permissions import REPORTS_SHARE
from app.reports.readers import reader_of

bp = company_blueprint("reports", __name__, url_prefix="/reports")

LARGE = 1_000_000


def _registry() -> Registry:
    registry: Registry = current_app.extensions["balcao"]
    return registry


def _report_or_404(report_key: str) -> Report:
    """The report, if its plugin is on here; 403 for whoever may not have it."""
    plugin, report = _registry().reports.get(report_key, (None, None))
    if plugin is None or report is None or not _registry().is_active(plugin, g.company):
        abort(404)
    if not may(report.permission):
        abort(403)
    return report


def _page_of(report: Report, query: str, saved: SavedReport | None = None, *, beside: str = "") -> str:
    """The address of the question on the report's own page, which is told whose question it is.

    Args:
        beside: what else is in the address, as a query string.
    """
    parts = [query, f"saved={saved.id}" if saved else "", beside]
    query = "&".join(filter(None, parts))
    return f"{url_for(report.endpoint)}?{query}" if query else url_for(report.endpoint)


# ── Asking for a file ────────────────────────────────────────────────────────────────────────────────


@bp.post("/<report_key>/files")
@login_required
def file_order(report_key: str) -> Response:
    """The report as a file: at once if it is short, otherwise by a worker."""
    report = _report_or_404(report_key)
    form = FileForm()
    wanted = form.format.data or ""
    if not form.validate_on_submit() or wanted not in FORMATS:
        abort(400)
    query = services.plain_query(form.query.data or "")
    reader = reader_of(actor(), g.company, report, _registry()) or abort(404)
    file_format = FORMATS[wanted]
    try:
        made = runs.make_now(report, reader, query, file_format)
    except QuestionRefused:
        # Where it says at the filter what is amiss.
        return redirect(_page_of(report, query), 303)
    if isinstance(made, runs.Made):
        response = Response(_chunks(made), mimetype=file_format.mimetype)
        response.call_on_close(made.content.close)
        return _attachment(response, made.name, made.size)
    try:
        with transaction():
            file = services.order_file(
                company=g.company,
                actor=actor(),
                report=report,
                query=query,
                file_format=wanted,
                companies=report.companies_in(reader, query),
                rows=made,
                language=str(get_locale()),
                request_key=form.request_key.data,
            )
    except services.TooManyUnderWay as error:
        # Where the one can be cancelled for which this one doesn't start.
        flash(error.text, "danger")
        return redirect(url_for(".file_list"), 303)
    return redirect(url_for(".file_detail", file_id=file.id), 303)


def _chunks(made: runs.Made) -> Iterator[bytes]:
    with made.content:
        while chunk := made.content.read(PIECE_SIZE):
            yield chunk


def _attachment(response: Response, name: str, size: int) -> Response:
    """Make the response a file to keep, under its name with all its accents."""
    response.content_length = size
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").replace('"', "")
    # RFC 6266: the second one wins wherever it is understood.
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response


# ── «Meus relatórios» ────────────────────────────────────────────────────────────────────────────────


class _Shown(NamedTuple):
    """A file as the screen shows it.

    Args:
        may_read: whether its user may still know all companies in it; otherwise neither it nor its filters
            are shown (R23).
    """

    file: ReportFile
    format: str
    size: str
    page: str | None
    may_read: bool

    @property
    def can_be_downloaded(self) -> bool:
        """Whether it is there, and theirs to have."""
        return self.may_read and self.file.can_be_downloaded


def _shown(files: Sequence[ReportFile]) -> list[_Shown]:
    readable = _readable(files)
    return [_shown_as(file, may_read=file.id in readable) for file in files]


def _shown_as(file: ReportFile, *, may_read: bool) -> _Shown:
    _plugin, report = _registry().reports.get(file.report_key, (None, None))
    file_format = FORMATS.get(file.format)
    return _Shown(
        file,
        str(file_format.label) if file_format else file.format,
        _shown_size(file.size) if file.status is FileStatus.DONE else "",
        _page_of(report, file.query) if report is not None and may_read else None,
        may_read,
    )


def _readable(files: Iterable[ReportFile]) -> set[int]:
    """The ids of those whose user may still know all companies in them (R23)."""
    about: dict[str, list[ReportFile]] = defaultdict(list)
    for file in files:
        about[file.report_key].append(file)
    found = set()
    for key, its in about.items():
        _plugin, report = _registry().reports.get(key, (None, None))
        named = {company_id for file in its for company_id in file.company_ids}
        codes = {each.company.code for each in g.memberships if each.company_id in named}
        reader = None
        if report is not None:
            reader = reader_of(actor(), g.company, report, _registry(), among=codes)
        if reader is not None:
            known = {company.id for company in reader.companies}
            found |= {file.id for file in its if set(file.company_ids) <= known}
    return found


def _shown_size(size: int) -> str:
    if size >= LARGE:
        return f"{format_decimal(size / LARGE, '#,##0.0')} MB"
    return f"{format_decimal(-(-size // 1000), '#,##0')} kB"


def _state(files: Sequence[ReportFile]) -> str:
    """Changes whenever something under way has something new to show; "" once nothing is."""
    return ".".join(f"{f.id}-{f.status}-{f.rows_done}-{f.attempts}" for f in files if f.status.is_under_way)


def _news(files: Sequence[ReportFile]) -> str:
    """What has become of files since the page was drawn: for who can't see it, and only when it changes."""
    parts = [part.split("-") for part in request.args["seen"].split(".")]
    seen = {part[0]: part[1] for part in parts if len(part) == 4}
    changed = [f for f in files if seen.get(str(f.id), f.status) != f.status]
    return "; ".join(f"{f.title}: {f.status.label}" for f in changed)


def _polled(template: str, files: Sequence[ReportFile], **context: Any) -> Any:
    state = _state(files)
    is_part = "HX-Request" in request.headers and "seen" in request.args
    if is_part and request.args["seen"] == state:
        # Nothing to swap: the page shows this already.
        return "", 204
    return render_template(template, state=state, news=_news(files) if is_part else "", **context)


@bp.get("/files")
@login_required
def file_list() -> Any:
    """«Meus relatórios»: the user's own files of this company."""
    page = queries.file_page(g.company, actor(), place=Place.of(request.args))
    return _polled("reports/files.html", page.rows, shown=_shown(page.rows), links=ListLinks(page))


@bp.get("/files/<int:file_id>")
@login_required
def file_detail(file_id: int) -> Any:
    """One file: how far it is, or what there is to download."""
    file = _own_file(file_id)
    return _polled("reports/file.html", [file], shown=_shown([file])[0])


@bp.get("/files/<int:file_id>/download")
@login_required
def file_download(file_id: int) -> Response:
    """The file, piece by piece, if its reader may still know all companies in it; otherwise 404 (R23)."""
    file = _own_file(file_id)
    if not file.can_be_downloaded or not _readable([file]):
        abort(404)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's
    mimetype = FORMATS[file.format].mimetype if file.format in FORMATS else "application/octet-stream"
    return _attachment(Response(_pieces(app, g.company, file), mimetype=mimetype), file.file_name, file.size)


def _pieces(app: Flask, company: Company, file: ReportFile) -> Iterator[bytes]:
    """The file's bytes, one piece in memory at a time, and no connection held while the reader takes it."""
    for position in range(-(-file.size // PIECE_SIZE)):
        # A context for each: the request's own is over by the time the server asks for the first.
        with app.app_context(), company_scope(company):
            piece = queries.piece(company, file.id, position)
        yield piece


@bp.post("/files/<int:file_id>/cancel")
@login_required
def file_cancel(file_id: int) -> Response:
    """«Cancelar»: waiting or being made."""
    file = _own_file(file_id)
    try:
        with transaction():
            services.cancel_file(company=g.company, actor=actor(), file=file)
    except services.NotUnderWay as error:
        flash(error.text, "danger")
    else:
        flash(_("The report was cancelled."), "success")
    return redirect(url_for(".file_list"), 303)


@bp.post("/files/<int:file_id>/delete")
@login_required
def file_delete(file_id: int) -> Response:
    """«Excluir» what has ended."""
    file = _own_file(file_id)
    try:
        with transaction():
            services.delete_file(company=g.company, actor=actor(), file=file)
    except services.StillUnderWay as error:
        flash(error.text, "danger")
    else:
        flash(_("The file was deleted."), "success")
    return redirect(url_for(".file_list"), 303)


def _own_file(file_id: int) -> ReportFile:
    return queries.own_file(g.company, actor(), file_id) or abort(404)


# ── Saved reports ────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<report_key>/saved", methods=["GET", "POST"])
@login_required
def saved_list(report_key: str) -> Any:
    """A report's saved questions; the form keeps the present one (`?query=…`) under a name.

    What else is in the address stood in that of the report's page beside the question, and goes back there.
    """
    report = _report_or_404(report_key)
    form = SavedReportForm(query=request.args.get("query", ""))
    if form.validate_on_submit():
        _allow_sharing(form.is_shared.data)
        try:
            query = _readable_query(report, form)
            with transaction():
                saved = services.save_report(
                    company=g.company,
                    actor=actor(),
                    report=report,
                    name=form.name.data or "",
                    query=query,
                    is_shared=form.is_shared.data,
                )
            flash(_("The report was saved as “%(name)s”.", name=form.name.data), "success")
            page = _page_of(report, query, saved)
            if "HX-Request" in request.headers:
                # A window of the report's page asks, which shows refusals itself.
                return Response(status=204, headers={"HX-Redirect": page})
            return redirect(page, 303)
        except BusinessError as error:
            form.show(error)
    rows = queries.saved_reports(g.company, actor(), report.key)
    return render_template(
        "reports/saved.html",
        report=report,
        form=form,
        page=_page_of(report, form.query.data or "", beside=_beside()),
        rows=[(row, _page_of(report, row.query, row), _may_change(row)) for row in rows],
        may_share=may(REPORTS_SHARE),
    ), 422 if form.is_submitted() else 200


@bp.route("/saved/<int:saved_report_id>", methods=["GET", "POST"])
@login_required
def saved_detail(saved_report_id: int) -> Any:
    """A saved report's name and who has it; a posted `query` replaces its question."""
    saved, report = _changeable(saved_report_id)
    form, status = SavedReportForm(obj=saved), 200
    if form.validate_on_submit():
        _allow_sharing(form.is_shared.data)
        try:
            query = _readable_query(report, form)
            with transaction():
                services.change_saved_report(
                    company=g.company, actor=actor(), saved=saved, **form.payload() | {"query": query}
                )
            flash(_("The report was saved as “%(name)s”.", name=form.name.data), "success")
            return redirect(_page_of(report, query, saved), 303)
        except ChangedMeanwhile as error:
            saved, report = _changeable(saved_report_id)
            form.show_conflict(saved, error)
            form.conflicts += _differences(report, query, saved.query)
            status = 409
        except BusinessError as error:
            form.show(error)
            saved, report = _changeable(saved_report_id)
    status = 422 if form.errors and status == 200 else status
    return render_template(
        "reports/saved_report.html",
        report=report,
        saved=saved,
        form=form,
        page=_page_of(report, saved.query, saved),
        may_share=may(REPORTS_SHARE),
    ), status


@bp.post("/saved/<int:saved_report_id>/delete")
@login_required
def saved_delete(saved_report_id: int) -> Response:
    """«Excluir» a saved report: one's own, or with the permission a shared one."""
    saved, report = _changeable(saved_report_id)
    with transaction():
        services.delete_saved_report(company=g.company, actor=actor(), saved=saved)
    flash(_("The saved report was deleted."), "success")
    return redirect(url_for(".saved_list", report_key=report.key), 303)


def _readable_query(report: Report, form: SavedReportForm) -> str:
    """The form's question as it is kept, if it is one that the report answers.

    Raises:
        QuestionTooLong, QuestionRefused: it isn't kept.
    """
    query = services.plain_query(form.query.data or "")
    reader = reader_of(actor(), g.company, report, _registry(), among=()) or abort(404)
    report.companies_in(reader, query)
    return query


def _beside() -> str:
    """What the address has beside `query`, as a query string."""
    return urlencode([pair for pair in request.args.items(multi=True) if pair[0] != "query"])


def _differences(report: Report, typed: str, stored: str) -> list[tuple[str, str, str]]:
    """What two questions differ in, in the words of the report, for `conflicts` (R24)."""
    reader = reader_of(actor(), g.company, report, _registry()) or abort(404)
    told = []
    for query in (typed, stored):
        try:
            with report.sheet(reader, query) as sheet:
                filters = "; ".join(f"{label}: {value}" for label, value in sheet.stated)
                told.append((filters, ", ".join(str(column.label) for column in sheet.columns)))
        except QuestionRefused as error:
            told.append((error.text, ""))
    parts = zip((_("Filters"), _("Columns")), *told, strict=True)
    return [(label, one, other) for label, one, other in parts if one != other]


def _may_change(saved: SavedReport) -> bool:
    return saved.can_be_changed_by(actor(), may_share=may(REPORTS_SHARE))


def _changeable(saved_report_id: int) -> tuple[SavedReport, Report]:
    """A saved report and its report; another's own one is 404, a shared one needs the permission."""
    saved = queries.saved_report(g.company, actor(), saved_report_id) or abort(404)
    report = _report_or_404(saved.report_key)
    if not _may_change(saved):
        abort(403)
    return saved, report


def _allow_sharing(is_shared: bool) -> None:
    if is_shared and not may(REPORTS_SHARE):
        abort(403)
