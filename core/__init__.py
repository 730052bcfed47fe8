"""Everything that is not a page. Knows nothing of Streamlit."""
