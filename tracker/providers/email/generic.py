"""Our own email webhook: takes the raw letter, as a mail server's pipe or a script has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.address import addresses_in
from tracker.providers.email.limits import MAX_BYTES
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.tag_places import TagRules
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import SECRET, require_secret
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest

ENVELOPE_HEADER = "X-Envelope-To"

# A header line; or the mbox line that pipes of some mail servers put first.
BEGINNING = re.compile(rb"[\r\n]*(?:>?From |[A-Za-z0-9][\w.-]*[ \t]*:)")


class Generic:
    """Reads one letter per request: the body is the message (`message/rfc822`), unchanged.

    `X-Envelope-To` names the envelope recipients, comma-separated; it is the best evidence of the tag and
    the only one when the letter was sent as a blind copy.
    """

    NAME: ClassVar[str] = "email/generic"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (SECRET,)

    def __init__(self, settings: Mapping[str, str], rules: TagRules) -> None:
        self._secret = settings["secret"]
        self._rules = rules

    def verify(self, request: WebhookRequest) -> None:
        """Checks the bearer secret or the signature of the body."""
        require_secret(request, self._secret)

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the one letter.

        Raises:
            InvalidInput: the body is empty, too large, or does not begin with a header line.
        """
        if len(request.body) > MAX_BYTES:
            raise InvalidInput(f"the letter is larger than {MAX_BYTES} bytes", "body")
        if not BEGINNING.match(request.body):
            raise InvalidInput("the body must be a raw message that begins with its headers", "body")
        envelope = addresses_in(request.headers.get(ENVELOPE_HEADER, ""))
        return [
            read_letter(taken_apart(request.body), self._rules, received_at=request.received_at, envelope_to=envelope)
        ]

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers 202 with the inquiry and its attribution, both null when nothing is known yet."""
        outcome = outcomes[0] if outcomes else Outcome(None)
        return WebhookAnswer.of_json(
            202, {"inquiry": outcome.inquiry, "attribution": outcome.attribution and dict(outcome.attribution)}
        )
