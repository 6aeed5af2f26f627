"""The script that Streamlit runs for every page: who is asking, and which pages there are for them."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from qualab.ui import sign_in
from qualab.ui.access import has_console, viewer_secret
from qualab.ui.console.planning import plan
from qualab.ui.console.rate import rate_quality
from qualab.ui.console.report import report
from qualab.ui.console.results.page import results
from qualab.ui.console.scores import scores
from qualab.ui.console.screening import screening
from qualab.ui.console.studies import studies
from qualab.ui.console.upscalers import upscalers
from qualab.ui.console.voting.page import voting
from qualab.ui.viewer import pages as viewer

_HERE = Path(__file__).parent
# Files of our own: an icon by name would be fetched from the network.
_MARK, _WORDMARK = str(_HERE / "mark.svg"), str(_HERE / "wordmark.svg")
_CONSOLE: tuple[tuple[Callable[[], None], str], ...] = (
    (studies, ":material/video_library:"),
    (scores, ":material/bar_chart:"),
    (rate_quality, ":material/show_chart:"),
    (plan, ":material/calculate:"),
    (voting, ":material/how_to_vote:"),
    (screening, ":material/filter_alt:"),
    (results, ":material/balance:"),
    (report, ":material/description:"),
    (upscalers, ":material/speed:"),
)


def main() -> None:
    """Run the page that was asked for, or the one that says how to get in."""
    st.set_page_config(page_title="qualab", page_icon=_MARK, layout="wide")
    is_researcher = has_console(st.context.cookies)
    if is_researcher:
        st.logo(_WORDMARK, icon_image=_MARK)
    console = [_console_page(page, icon, is_researcher) for page, icon in _CONSOLE]

    def landing_page() -> None:
        if is_researcher and not viewer_secret(st.context.cookies):
            st.switch_page(console[0])
        if not is_researcher and (sign_in.is_signed_in() or not viewer_secret(st.context.cookies)):
            sign_in.sign_in_page()
            return
        viewer.entry()

    landing = st.Page(landing_page, title="Welcome", default=True, visibility="hidden")
    pages = [landing, viewer.compare_page(), *console]
    st.navigation(pages, position="sidebar" if is_researcher else "hidden").run()


def _console_page(page: Callable[[], None], icon: str, is_researcher: bool) -> StreamlitPage:
    """Return a console page; whoever is not the researcher reads how to get in at the same address."""
    name = page.__name__
    shown = page if is_researcher else sign_in.sign_in_page
    return st.Page(
        shown, title=name.replace("_", "-").capitalize() if is_researcher else "qualab", icon=icon, url_path=name
    )


if __name__ == "__main__":
    main()
