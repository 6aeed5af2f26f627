"""The app: `streamlit run app.py`, or `qualab serve`."""

import streamlit as st

from qualab.ui.http.lifespan import lifespan
from qualab.ui.http.middleware import MIDDLEWARE
from qualab.ui.http.routes import ROUTES, SCRIPT

app = st.App(SCRIPT, routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan)
