"""What settings and curves mean, in plain sentences, and what to try next. Opens no file."""

from core.coach.before_start import notes_before_start
from core.coach.rules import Note, advise
