"""Does what was asked for a connection; runs while the worker owns it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tracker import clock
from tracker.commands import trying
from tracker.database import writing
from tracker.deliveries import cards, errands, lines, ownership
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import Delivery, Errand, ErrandKind
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.progress import Journal
from tracker.deliveries.undone import mark_undone, shared_cards
from tracker.errors import ConfigurationError, InvalidInput, OwnershipLost, ProviderError
from tracker.extensions import db
from tracker.providers.crm.base import Finding, Level
from tracker.providers.opening import OpenCrm
from tracker.services import Services
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)

CODE = "code"


def serve(services: Services, owned: Ownership, open_crm: Callable[[], object]) -> int:
    """Does every errand that waits for the connection, and returns how many those were.

    Args:
        open_crm: opens the other system with the settings of now.
    """
    waiting = errands.waiting(db.session(), owned.connection_id)
    for errand in waiting:
        errand_id = errand.id
        _finish(errand_id, _do(services, owned, errand, open_crm))
    db.session.rollback()
    return len(waiting)


def serve_unowned(services: Services, connection_id: int) -> None:
    """Does what can be done for a connection that nothing is delivered to: it is tested."""
    for errand_id in [errand.id for errand in errands.waiting(db.session(), connection_id)]:
        _finish(errand_id, _tried(services, connection_id))


def _tried(services: Services, connection_id: int) -> list[Finding]:
    try:
        return trying.try_out(services, connection_id)
    except Exception as error:
        log.exception("a connection could not be tested")
        return [Finding(Level.ERROR, f"our own mistake: {error!r}")]


def _finish(errand_id: int, findings: Sequence[Finding]) -> None:
    db.session.rollback()
    with writing(db.session()) as session:
        errands.finish(session, errand_id, [(str(one.level), one.text, one.about) for one in findings])


@dataclass(frozen=True)
class Asked:
    """One errand under way."""

    services: Services
    owned: Ownership
    target: OpenCrm
    argument: str

    @property
    def journal(self) -> Journal:
        """Where requests are written down that belong to no delivery."""
        return errands.journal(db.session(), self.owned.connection_id)

    def delivery(self) -> Delivery:
        """The delivery that the argument names.

        Raises:
            InvalidInput: there is none of this connection.
        """
        db.session.rollback()
        found = db.session.get(Delivery, int(self.argument)) if self.argument.isdigit() else None
        if found is None or found.connection_id != self.owned.connection_id:
            raise InvalidInput("there is no such delivery any more")
        return found


def _do(services: Services, owned: Ownership, errand: Errand, open_crm: Callable[[], object]) -> list[Finding]:
    kind, argument = errand.kind, errand.argument or ""
    try:
        target = open_crm()
        if not isinstance(target, OpenCrm):
            return [Finding(Level.WARNING, "this kind of connection cannot be asked from here")]
        return DONE_BY[kind](Asked(services, owned, target, argument))
    except (InvalidInput, ConfigurationError, ProviderError) as error:
        return [Finding(Level.ERROR, str(error))]
    except OwnershipLost:
        raise
    except Exception as error:
        log.exception("the errand %s failed in our own code", kind)
        return [Finding(Level.ERROR, f"our own mistake: {error!r}")]


def _test(asked: Asked) -> list[Finding]:
    return asked.target.test(asked.journal)


def _connect(asked: Asked) -> list[Finding]:
    code = unseal(asked.argument, asked.services.config.secret_key)[CODE]
    return asked.target.connect(asked.journal, code)


def _dry_run(asked: Asked) -> list[Finding]:
    delivery = asked.delivery()
    card = cards.build_for(db.session(), delivery)
    memory = DeliveryMemory(db.session(), delivery, asked.owned)
    said = asked.target.rehearse(card, memory, asked.journal)
    return [Finding(Level.OK, sentence) for sentence in said or ["Nothing would change."]]


def _undo(asked: Asked) -> list[Finding]:
    delivery = asked.delivery()
    delivery_id, entities = delivery.id, dict(delivery.entities)
    shared = shared_cards(db.session(), delivery)
    memory = DeliveryMemory(db.session(), delivery, asked.owned)
    with writing(db.session()) as session:
        ownership.require(session, asked.owned, clock.now())
    taken = asked.target.undo(memory, entities, shared)
    with writing(db.session()) as session:
        mark_undone(session, delivery_id)
    found = [Finding(Level.WARNING if one.stays else Level.OK, one.text) for one in taken]
    return found or [Finding(Level.OK, "There was nothing to take back.")]


def _lines(asked: Asked) -> list[Finding]:
    connection = db.session.get_one(Connection, asked.owned.connection_id)
    numbers = lines.numbers_of(db.session(), connection.site_id)
    name = db.session.get_one(Site, connection.site_id).name
    new = asked.target.register_lines(asked.journal, numbers, name)
    return [Finding(Level.OK, f"New lines: {', '.join(new)}" if new else "No new lines")]


DONE_BY: Mapping[ErrandKind, Callable[[Asked], list[Finding]]] = {
    ErrandKind.TEST: _test,
    ErrandKind.CONNECT: _connect,
    ErrandKind.DRY_RUN: _dry_run,
    ErrandKind.UNDO: _undo,
    ErrandKind.LINES: _lines,
}
