""" "Test it now": what deliveries need from the account, each as a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.errors import AccessLost, ProviderError
from tracker.providers.crm.amocrm.client import AmoClient
from tracker.providers.crm.amocrm.fields import ENTITIES, Fields
from tracker.providers.crm.base import Finding, Level


def check(client: AmoClient, fields: Fields, pipeline: str | None, stage: str | None) -> list[Finding]:
    """Asks for the account, the administrator's rights, fields, pipeline and stage; writes nothing."""
    try:
        account = client.get("check", "account", [("with", "is_api_filter_enabled")])
        name = f"{account['name']} ({account['subdomain']})"
        return [
            Finding(Level.OK, f"Connected to {name}"),
            _unsorted(bool(account.get("is_unsorted_on"))),
            *_rights(client, fields),
            *_stage(client, pipeline, stage),
        ]
    except ProviderError as error:
        return [Finding(Level.ERROR, str(error))]


def _unsorted(is_on: bool) -> Finding:
    if is_on:
        return Finding(Level.OK, "“Unsorted” is switched on")
    return Finding(Level.WARNING, "“Unsorted” is switched off: where the policy says lead, a deal is made")


def _rights(client: AmoClient, fields: Fields) -> Iterator[Finding]:
    is_admin = _may(client, "users")
    for entity in ENTITIES:
        fields.forget()
        missing = fields.missing(entity)
        if not missing:
            yield Finding(Level.OK, f"All fields of {entity} are there")
        elif is_admin:
            yield Finding(Level.OK, f"Fields of {entity} to be created: {', '.join(missing)}")
        else:
            yield Finding(
                Level.WARNING,
                f"Fields of {entity} are missing and only an administrator may create them: "
                f"{', '.join(missing)}. Create them by hand or issue the token as an administrator",
            )


def _may(client: AmoClient, path: str) -> bool:
    try:
        client.get("check", path, [("limit", "1")])
    except AccessLost as error:
        if error.status == 403:
            return False
        raise
    return True


def _stage(client: AmoClient, pipeline: str | None, stage: str | None) -> Iterator[Finding]:
    if pipeline is None and stage is None:
        return
    found = client.get("check", "leads/pipelines")
    pipelines = found["_embedded"]["pipelines"] if found else []
    known = {str(one["id"]): one for one in pipelines}
    if pipeline is not None and pipeline not in known:
        choice = ", ".join(f"{id} ({one['name']})" for id, one in known.items())
        yield Finding(Level.ERROR, f"There is no pipeline {pipeline}; there are: {choice}")
        return
    chosen = known[pipeline] if pipeline else next(one for one in pipelines if one["is_main"])
    stages = {str(one["id"]): one["name"] for one in chosen["_embedded"]["statuses"]}
    if stage is not None and stage not in stages:
        choice = ", ".join(f"{id} ({name})" for id, name in stages.items())
        yield Finding(Level.ERROR, f"Pipeline {chosen['name']} has no stage {stage}; it has: {choice}")
    else:
        yield Finding(Level.OK, f"Deals go to pipeline {chosen['name']}")
