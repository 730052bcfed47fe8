"""The server: serves `frame.py`, tells browsers apart, and bounds what they may ask for."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from core.identity import Identity
from core.server import current_server
from web.failures import show_failure
from web.gate import Gate
from web.identity_cookie import IdentityCookie
from web.lifespan import lifespan
from web.upload_gate import UploadGate


def identity() -> Identity:
    """Return what tells the browsers of this server apart."""
    return current_server().identity


app = st.App(
    "frame.py",
    lifespan=lifespan,
    on_script_error=show_failure,
    middleware=[
        Middleware(
            Gate,
            identity=identity,
            max_sessions=current_server().settings.max_sessions,
            max_message_bytes=int(config.get_option("server.maxWidgetStateSize") * 1e6),
        ),
        Middleware(UploadGate, identity=identity),
        Middleware(
            IdentityCookie,
            identity=identity,
            base_path=config.get_option("server.baseUrlPath"),
        ),
    ],
)
