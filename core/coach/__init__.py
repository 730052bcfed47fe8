"""What a run's curves mean, in plain sentences, and what to try next. Opens no file."""

from core.coach.rules import advise
