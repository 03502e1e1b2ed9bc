"""A look into the pretend CRMs: contacts and deals with all their fields, notes and calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from demo import viewing_amocrm, viewing_bitrix24
from demo.state import Crms
from demo.viewing import CardView

blueprint = Blueprint("demo_cards", __name__)

TITLES = {"amocrm": "amoCRM", "bitrix24": "Bitrix24"}
READERS: Mapping[str, Callable[[Crms], list[CardView]]] = {
    "amocrm": lambda crms: viewing_amocrm.cards(crms.amocrm),
    "bitrix24": lambda crms: viewing_bitrix24.cards(crms.bitrix24),
}


@blueprint.get("/crm/<crm>")
def show(crm: str) -> ResponseReturnValue:
    """Every card of one CRM, the latest change first."""
    if crm not in READERS:
        abort(404)
    cards = READERS[crm](current_app.extensions["demo"])
    return render_template("demo/crm.html", crm=crm, title=TITLES[crm], titles=TITLES, cards=cards)
