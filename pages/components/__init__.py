"""Parts of pages: a folder for each page, and beside them what several pages share."""
