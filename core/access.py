"""Who asks, and what they may do. Knows neither cookies nor pages.

Every operation that changes or deletes what somebody owns takes the person who asks for it, as
`by`, and checks here before it changes anything; a page that hides a button only avoids a refusal.
"""

from dataclasses import dataclass

_NOT_YOURS = "Only the person who started this run, or a teacher, may change it."


class NotAllowed(Exception):
    """Somebody asked for what they may not do; the message says so to them."""


@dataclass(frozen=True)
class Person:
    """Somebody who uses the server.

    Attributes:
        id: a pseudonym, the same at every visit; None for somebody whom the server cannot tell from
            others, or recognise at the next visit.
        is_in_charge: whether everything may be changed: by the one user of a server of their own,
            and by a teacher on one that is shared.
        no_id: why there is no `id`, and what to do, in sentences; empty where there is one.
    """

    id: str | None
    is_in_charge: bool = False
    no_id: str = ""

    def owns(self, owner: str | None) -> bool:
        """Tell whether something that belongs to `owner` is this person's."""
        return owner is not None and owner == self.id

    def may_change(self, owner: str | None) -> bool:
        """Tell whether this person may change or delete what belongs to `owner`."""
        return self.is_in_charge or self.owns(owner)

    def check_may_change(self, owner: str | None, *, message: str = _NOT_YOURS) -> None:
        """Refuse where this person may not change what belongs to `owner`.

        Raises:
            NotAllowed: they may not.
        """
        if not self.may_change(owner):
            raise NotAllowed(message)

    def check_may_create(self) -> None:
        """Refuse where nobody could tell later that what is created is this person's.

        Raises:
            NotAllowed: they may not; the message is `no_id`.
        """
        if self.id is None and not self.is_in_charge:
            raise NotAllowed(self.no_id)


# Whoever runs code on the server itself: a script, a benchmark. Pages always name a person.
PROGRAM = Person(id=None, is_in_charge=True)
