"""Does what people asked for a connection; runs while the worker owns it."""

from __future__ import annotations

from collections.abc import Callable

from tracker.database import writing
from tracker.deliveries import errands
from tracker.deliveries.models import Errand, ErrandKind
from tracker.errors import ConfigurationError, InvalidInput
from tracker.extensions import db
from tracker.providers.crm.base import Finding, Level
from tracker.providers.opening import OpenCrm
from tracker.services import Services
from tracker.sites.secrets import unseal

CODE = "code"


def serve(services: Services, connection_id: int, open_crm: Callable[[], object]) -> None:
    """Does every errand that waits for the connection.

    Args:
        open_crm: opens the other system with the settings of now.
    """
    for errand in errands.waiting(db.session(), connection_id):
        errand_id = errand.id
        findings = _do(services, errand, open_crm)
        with writing(db.session()) as session:
            errands.finish(session, errand_id, [(str(one.level), one.text) for one in findings])


def _do(services: Services, errand: Errand, open_crm: Callable[[], object]) -> list[Finding]:
    kind, argument = errand.kind, errand.argument
    journal = errands.journal(db.session(), errand.connection_id)
    try:
        target = open_crm()
        if not isinstance(target, OpenCrm):
            return [Finding(Level.WARNING, "this kind of connection cannot be tested from here")]
        if kind == ErrandKind.CONNECT:
            code = unseal(argument or "", services.config.secret_key)[CODE]
            return target.connect(journal, code)
        return target.test(journal)
    except (InvalidInput, ConfigurationError) as error:
        return [Finding(Level.ERROR, str(error))]
    finally:
        db.session.commit()
