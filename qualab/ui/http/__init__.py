"""Routes and middleware beside Streamlit's own."""
