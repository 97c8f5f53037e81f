"""HTTP of the work orders, and of the requests from which they are made."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from app.audit.labels import describe
from app.audit.permissions import AUDIT_VIEW
from app.audit.presentation import panel
from app.clock import now, today
from app.database import get_or_404, transaction
from app.errors import BusinessError, ChangedMeanwhile
from app.keyset import Place
from app.lists import ListLinks
from app.portal import actor, company_blueprint, may, requires
from app.reports.documents import answer_with
from app.work_orders import handoff, queries, services
from app.work_orders.forms import (
    NewWorkOrderForm,
    RequestFilterForm,
    SavedWorkOrderForm,
    WorkOrderFilterForm,
)
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest
from app.work_orders.permissions import (
    WORK_ORDERS_CANCEL,
    WORK_ORDERS_EDIT,
    WORK_ORDERS_QUEUE,
    WORK_ORDERS_VIEW,
)
from app.work_orders.printing import work_order_document

bp = company_blueprint("work_orders", __name__, url_prefix="/work-orders")

describe(
    WorkOrder.__tablename__,
    _l("Work order"),
    SavedWorkOrderForm,
    opened_at=_l("Opening"),
    scheduled_at=_l("Scheduled for"),
    created_by_id=_l("Asked for by"),
)
describe(WorkOrderRequest.__tablename__, _l("Request for a work order"), SavedWorkOrderForm)

FROM_QUEUE = "queue"
"""Posted as `from` by the queue's own buttons: where to go back to."""


def _visible() -> queries.Visible:
    return queries.visible_to(g.company, actor(), g.membership.role)


def _work_order_url(work_order_id: int) -> str:
    return url_for("work_orders.work_order_detail", work_order_id=work_order_id)


# ── Work orders ──────────────────────────────────────────────────────────────────────────────────────


@bp.get("")
@requires(WORK_ORDERS_VIEW)
def work_order_list() -> str:
    """Movimentação › Ordens de Serviço."""
    form = WorkOrderFilterForm()
    wanted = form.wanted()
    page = queries.work_order_page(g.company, visible=_visible(), wanted=wanted, place=Place.of(request.args))
    return render_template(
        "work_orders/list.html",
        form=form,
        rows=page.rows,
        links=ListLinks(page),
        is_filtered=wanted != queries.Wanted(),
        may_edit=may(WORK_ORDERS_EDIT),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(WORK_ORDERS_EDIT)
def work_order_new() -> Any:
    """«Nova ordem de serviço»."""
    visible = _visible()
    # Whoever sees only their own technician's work opens such work, or would lose sight of it (R22a).
    form = NewWorkOrderForm(technician=visible.technician_id)
    if form.validate_on_submit():
        try:
            return _saved(visible, _open(form))
        except BusinessError as error:
            form.show(error)
    return render_template("work_orders/new.html", form=form), 422 if form.is_submitted() else 200


def _open(form: NewWorkOrderForm) -> WorkOrder:
    try:
        with transaction():
            return services.open_work_order(company=g.company, actor=actor(), **form.payload())
    except services.AlreadySaved:
        # The same form came twice at one instant, and the other one won.
        work_order = queries.work_order_by_key(g.company, form.request_key.data)
        assert work_order is not None  # the database has just named it
        return work_order


@bp.route("/<int:work_order_id>", methods=["GET", "POST"])
@requires(WORK_ORDERS_VIEW, write=WORK_ORDERS_EDIT)
def work_order_detail(work_order_id: int) -> Any:
    """The form of a saved work order; read-only when it is done, cancelled or another technician's."""
    visible = _visible()
    work_order = queries.visible_work_order(g.company, visible=visible, work_order_id=work_order_id)
    if request.method == "POST" and not visible.is_editable(work_order):
        abort(403, description=_("This work order is another technician's: you can only read it (R22a)."))
    form = SavedWorkOrderForm(obj=work_order)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_work_order(
                    company=g.company, actor=actor(), work_order=work_order, **form.payload()
                )
            return _saved(visible, work_order)
        except (StaleDataError, ChangedMeanwhile, services.WorkOrderIsFinal) as error:
            refusal = error if isinstance(error, BusinessError) else ChangedMeanwhile()
            work_order = queries.visible_work_order(g.company, visible=visible, work_order_id=work_order_id)
            form.show_conflict(work_order, refusal)
            status = 409
        except BusinessError as error:
            form.show(error)
            work_order = queries.visible_work_order(g.company, visible=visible, work_order_id=work_order_id)
    return render_template(
        "work_orders/detail.html",
        work_order=work_order,
        form=form,
        today=today(g.company.timezone),
        read_only=work_order.is_final or not (visible.is_editable(work_order) and may(WORK_ORDERS_EDIT)),
        may_cancel=not work_order.is_final and may(WORK_ORDERS_CANCEL),
        history=panel(g.company, WorkOrder.__tablename__, work_order.id) if may(AUDIT_VIEW) else None,
    ), status


def _saved(visible: queries.Visible, work_order: WorkOrder) -> Response:
    """Back to the work order; to the list when it was handed over to a technician out of sight (R22a)."""
    flash(_("Work order %(number)s was saved.", number=work_order.number), "success")
    if not visible.includes(work_order):
        return redirect(url_for("work_orders.work_order_list"), 303)
    return redirect(_work_order_url(work_order.id), 303)


@bp.get("/<int:work_order_id>/print")
@requires(WORK_ORDERS_VIEW)
def work_order_print(work_order_id: int) -> Response:
    """«Imprimir»: the work order on paper, for the visit."""
    work_order = queries.visible_work_order(g.company, visible=_visible(), work_order_id=work_order_id)
    registry = current_app.extensions["balcao"]
    source = registry.slot("work_order.print.source", g.company, work_order=work_order)
    # What plugins put there is markup, and paper has none.
    return answer_with(work_order_document(work_order, source=source.striptags()))


@bp.post("/<int:work_order_id>/cancel")
@requires(WORK_ORDERS_CANCEL)
def work_order_cancel(work_order_id: int) -> Response:
    """«Cancelar OS»."""
    work_order = queries.visible_work_order(g.company, visible=_visible(), work_order_id=work_order_id)
    with transaction():
        services.cancel_work_order(company=g.company, actor=actor(), work_order=work_order)
    flash(_("Work order %(number)s was cancelled.", number=work_order.number), "success")
    return redirect(_work_order_url(work_order.id), 303)


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/requests")
@requires(WORK_ORDERS_QUEUE)
def request_list() -> str:
    """Empresa › Fila de Geração de OS."""
    form = RequestFilterForm()
    wanted = form.wanted()
    page = queries.request_page(g.company, status=wanted, place=Place.of(request.args))
    queue = queries.queue_of(g.company)
    since = queue.oldest_waiting_at
    return render_template(
        "work_orders/queue.html",
        form=form,
        counts=queue.counts,
        longest_wait=format_timedelta(now() - since) if since is not None else None,
        rows=page.rows,
        links=ListLinks(page),
        is_filtered=wanted is not None,
        from_queue=FROM_QUEUE,
    )


@bp.get("/requests/<int:request_id>")
@requires(WORK_ORDERS_VIEW)
def request_wait(request_id: int) -> Any:
    """The page that waits for a work order and then opens it (R20)."""
    wish = _own_request(request_id)
    if wish.status is RequestStatus.DONE:
        return _opened(wish)
    if "HX-Request" in request.headers and request.args.get("seen") == _state(wish):
        # Nothing to swap: the page shows this already, and a screen reader isn't told it every second.
        return "", 204
    return render_template("work_orders/wait.html", wish=wish, state=_state(wish))


@bp.post("/requests/<int:request_id>/make")
@requires(WORK_ORDERS_VIEW)
def request_make(request_id: int) -> Any:
    """Make the work order here and now: what the waiting page asks for when no worker comes (DESIGN 6)."""
    handoff.make_now(_own_request(request_id).id)
    if "HX-Request" in request.headers:
        return request_wait(request_id)
    return redirect(url_for("work_orders.request_wait", request_id=request_id), 303)


@bp.post("/requests/<int:request_id>/retry")
@requires(WORK_ORDERS_VIEW)
def request_retry(request_id: int) -> Response:
    """«Tentar novamente»; pressed twice, it is once."""
    wish = _own_request(request_id)
    with suppress(handoff.NothingToRetry), transaction():
        handoff.retry_request(company=g.company, actor=actor(), request=wish)
    if request.form.get("from") == FROM_QUEUE:
        return redirect(url_for("work_orders.request_list"), 303)
    return redirect(url_for("work_orders.request_wait", request_id=request_id), 303)


def _own_request(request_id: int) -> WorkOrderRequest:
    """The request, for whoever may edit work orders and for whoever asked for this one."""
    wish = get_or_404(g.company, WorkOrderRequest, request_id)
    if not may(WORK_ORDERS_EDIT) and wish.requested_by_id != actor().id:
        abort(403)
    return wish


def _state(wish: WorkOrderRequest) -> str:
    """Changes whenever the waiting page has something new to show."""
    return f"{wish.status}-{wish.attempts}"


def _opened(wish: WorkOrderRequest) -> Response:
    assert wish.work_order_id is not None  # ck_work_order_request_done
    url = _work_order_url(wish.work_order_id)
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, 303)
