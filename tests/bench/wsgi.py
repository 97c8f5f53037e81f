"""What gunicorn serves in the bench: the portal, and beside it a bare route to compare with."""

from __future__ import annotations

import os

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import create_app

bare = Flask("bare")


@bare.get("/")
def hello() -> str:
    return "hello"


@bare.get("/worker")
def worker() -> str:
    """The process that answers, so that clients can spread over the workers evenly."""
    return str(os.getpid())


application = DispatcherMiddleware(create_app().wsgi_app, {"/hello": bare.wsgi_app})
