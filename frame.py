"""Show what stands around every page, and the page that the URL asks for."""

from pages.components.dialogs import close_dialogs
from pages.components.frame import show_footer, show_frame
from pages.components.model_choice import leave_with_model
from pages.components.person import note_login

page = show_frame()
close_dialogs()
leave_with_model()
note_login()
page.run()
show_footer()
