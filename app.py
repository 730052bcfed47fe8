"""Show the frame of the app and run the page that the URL asks for."""

from pages.components.frame import show_frame

show_frame().run()
