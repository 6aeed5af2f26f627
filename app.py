"""The app: `streamlit run app.py`, or `qualab serve`."""

import streamlit as st

from qualab.ui.guard import MIDDLEWARE
from qualab.ui.lifespan import lifespan
from qualab.ui.routes import ROUTES, SCRIPT

app = st.App(SCRIPT, routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan)
