"""What the server keeps of one person, and for a teacher how the server stands."""

import streamlit as st

from pages.components.account.identity import show_identity
from pages.components.account.own_data import own_data
from pages.components.account.server_panel import server_panel
from pages.components.account.teacher_key import ask_for_teacher_key
from pages.components.person import current_person
from pages.components.resources import server_settings

st.markdown("#### Your data")
person = current_person()
if server_settings().shared:
    show_identity(person)
own_data(person)
if server_settings().shared:
    ask_for_teacher_key(person)
if person.is_in_charge:
    st.markdown("#### This server")
    server_panel()
