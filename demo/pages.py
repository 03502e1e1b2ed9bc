"""The street with its advertisements, and the company's site behind them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("demo_pages", __name__, template_folder="templates")

ORIGINAL = "+442079460100"
POSTER = "+442079460120"


@dataclass(frozen=True)
class Way:
    """One way to the company's site: what the advertisement says and where it leads."""

    key: str
    place: str
    title: str
    text: str
    query: str


WAYS = (
    Way("google", "Google Ads", "Sash windows, made in London", "Quiet rooms, warm winters. Free survey this week.",
        "utm_source=google&utm_medium=cpc&utm_campaign=sash-windows&utm_term=sash+window+repair&gclid=EAIaIQobChMIdemo"),
    Way("yandex", "Yandex Direct", "Wooden windows to order", "Measured on Monday, fitted in three weeks.",
        "utm_source=yandex&utm_medium=cpc&utm_campaign=wooden-windows&yclid=1234567890123456789"),
    Way("vk", "VK", "See your room in a new light", "Before and after: eleven London kitchens.",
        "utm_source=vk&utm_medium=social_cpc&utm_campaign=kitchens"),
    Way("letter", "Newsletter", "November letter from the workshop", "What a winter does to a window, and what helps.",
        "utm_source=newsletter&utm_medium=email&utm_campaign=november"),
    Way("direct", "Typed by hand", "northlight.example", "No advertisement: the address from a friend.", ""),
)  # fmt: skip

ROOMS = {
    "kitchen": ("Kitchen", "Tall sashes over the worktop, easy to open with one hand."),
    "bedroom": ("Bedroom", "Laminated glass: the street at half its volume."),
    "study": ("Study", "North light, all day, without glare."),
}


@blueprint.get("/")
def street() -> ResponseReturnValue:
    """Where one chooses by which advertisement to arrive."""
    return render_template("demo/street.html", ways=WAYS, poster=POSTER)


@blueprint.get("/site/")
def home() -> ResponseReturnValue:
    """The company's first page."""
    return render_template("demo/home.html")


@blueprint.get("/site/prices")
def prices() -> ResponseReturnValue:
    """The second page."""
    return render_template("demo/prices.html")


@blueprint.get("/site/rooms", defaults={"room": "kitchen"})
@blueprint.get("/site/rooms/<room>")
def rooms(room: str) -> ResponseReturnValue:
    """A page that changes its address and content without loading again."""
    if room not in ROOMS:
        abort(404)
    return render_template("demo/rooms.html", rooms=ROOMS, room=room)
