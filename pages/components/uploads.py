"""What a browser has sent as a file: taken out of the server's memory once it was read."""

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def take(uploaded: UploadedFile) -> bytes:
    """Return the content of a file that was sent, and let the server forget it.

    Streamlit keeps it for as long as the page is open; its uploader needs another key afterwards.
    """
    content = uploaded.getvalue()
    context = get_script_run_ctx()
    if context and isinstance(files := context.uploaded_file_mgr, MemoryUploadedFileManager):
        files.remove_file(context.session_id, uploaded.file_id)
    return content
