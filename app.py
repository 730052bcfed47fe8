"""The frame around every page: title, icon and navigation. Knows nothing of what a page does."""

from pages.components.frame import show_frame

show_frame().run()
