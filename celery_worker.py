"""The Celery application of workers and beat.

    celery -A celery_worker:celery worker --queues celery --concurrency 2 --without-mingle --without-gossip
    celery -A celery_worker:celery worker --queues reports --concurrency 1 --without-mingle --without-gossip
    celery -A celery_worker:celery beat

`-A celery_worker` alone would find the Flask application first.
"""

from __future__ import annotations

from app import create_app
from app.jobs import WORKER_TRANSPORT, close_connections_in_children

app = create_app()
celery = app.extensions["celery"]
# A consumer waits for messages; the web's half-second patience would cut its blocking reads.
celery.conf.broker_transport_options = WORKER_TRANSPORT
close_connections_in_children(app)
