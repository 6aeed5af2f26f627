"""What happens once, before the first page: heavy imports, a still garbage collector, the console's link."""

import gc
import importlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
import streamlit as st

from qualab.ui.access import console_token

_HEAVY = ("pandas", "plotly.graph_objects", "qualab.charts", "qualab.stats", "qualab.report", "qualab.lab")


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, object]]:
    """Import what pages need, so that no viewer waits for it; print the console's link where nobody set a token."""
    for name in _HEAVY:
        importlib.import_module(name)
    # Streamlit collects all generations after every rerun; frozen objects are not walked again.
    gc.collect()
    gc.freeze()
    _answer_at_once()
    if not os.environ.get("QUALAB_ADMIN_TOKEN"):
        host, port = st.get_option("server.address") or "127.0.0.1", st.get_option("server.port")
        print(f"console: http://{host}:{port}/console/{console_token()}", file=sys.stderr, flush=True)
    yield {}


def _answer_at_once() -> None:
    """Switch Nagle's algorithm off for the connections to come: it holds the second part of an answer for 40 ms.

    asyncio does that for sockets made with IPPROTO_TCP, and Streamlit makes its own without. Connections inherit it
    from the socket that listens.
    """
    for connection in psutil.Process().net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.fd >= 0:
            with socket.socket(fileno=os.dup(connection.fd)) as listening:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
