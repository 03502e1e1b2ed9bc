"""The self-test of a connection: access, rights, mode, fields, pipeline and stage, one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracker.errors import ProviderError
from tracker.providers.crm.base import Finding, Level
from tracker.providers.crm.bitrix24.client import Client, as_map
from tracker.providers.crm.bitrix24.fields import Fields

NEEDED = "crm"
USEFUL = {
    "user": "employees cannot be listed, so extensions have to be mapped to employee ids by hand",
}


def run(client: Client, fields: Fields, pipeline: str | None, stage: str | None) -> list[Finding]:
    """Returns the findings; stops at the first thing without which the rest cannot be asked."""
    findings: list[Finding] = []
    steps: list[Callable[[], Iterator[Finding]]] = [
        lambda: _access(client),
        lambda: _mode(client),
        lambda: _fields(fields),
        lambda: _pipeline(client, pipeline or "0", stage),
    ]
    for step in steps:
        try:
            findings.extend(step())
        except ProviderError as error:
            findings.append(Finding(Level.ERROR, str(error)))
        if any(finding.level is Level.ERROR for finding in findings):
            break
    return findings


def _access(client: Client) -> Iterator[Finding]:
    profile = as_map(client.call("test the access", "profile", {}))
    name = " ".join(filter(None, (profile.get("NAME"), profile.get("LAST_NAME"))))
    form = "an application" if client.is_application else "an incoming webhook"
    yield Finding(Level.OK, f"Connected to {client.portal_url} through {form}, acting as {name}.")
    scopes = client.scopes()
    if NEEDED not in scopes:
        yield Finding(Level.ERROR, "The right crm is missing: add it to the webhook or application.")
    for scope in [scope for scope in USEFUL if scope not in scopes and f"{scope}_brief" not in scopes]:
        yield Finding(Level.WARNING, f"The right {scope} is missing: {USEFUL[scope]}.")
    yield _telephony(client.is_application, "telephony" in scopes)


def _telephony(is_application: bool, is_granted: bool) -> Finding:
    if is_application and is_granted:
        return Finding(Level.OK, "Calls go into the portal's telephony statistics.")
    if is_application:
        return Finding(
            Level.WARNING,
            "The right telephony is missing: calls are recorded as activities of the card, without statistics.",
        )
    return Finding(
        Level.OK,
        "Calls are recorded as activities of the card; telephony statistics need an OAuth application.",
    )


def _mode(client: Client) -> Iterator[Finding]:
    if str(client.call("ask for the mode", "crm.settings.mode.get", {})) == "2":
        yield Finding(Level.OK, "The CRM works without leads: where the policy says lead, a deal is made.")
    else:
        yield Finding(Level.OK, "The CRM works with leads.")


def _fields(fields: Fields) -> Iterator[Finding]:
    missing = fields.missing()
    if not missing:
        yield Finding(Level.OK, "All fields exist.")
        return
    fields.ensure(fields.names())
    if fields.refused:
        yield Finding(
            Level.WARNING,
            f"Fields are missing and may not be created by this employee: {', '.join(fields.refused)}. Let a CRM "
            "administrator create the webhook, or add these fields by hand; until then the values stand in the note.",
        )
    else:
        yield Finding(Level.OK, f"Created the fields {', '.join(missing)}.")


def _pipeline(client: Client, pipeline: str, stage: str | None) -> Iterator[Finding]:
    answer = as_map(client.call("read the pipelines", "crm.category.list", {"entityTypeId": 2}))
    names = {str(row["id"]): str(row["name"]) for row in answer.get("categories", [])}
    if pipeline not in names:
        known = ", ".join(f"{id} ({name})" for id, name in names.items())
        yield Finding(Level.ERROR, f"There is no pipeline {pipeline}. The portal has {known}.")
        return
    dictionary = "DEAL_STAGE" if pipeline == "0" else f"DEAL_STAGE_{pipeline}"
    rows = client.rows("read the stages", "crm.status.list", {"filter": {"ENTITY_ID": dictionary}})
    stages = [str(row["STATUS_ID"]) for row in rows]
    if stage is not None and stage not in stages and f"C{pipeline}:{stage}" not in stages:
        yield Finding(Level.ERROR, f"Pipeline {names[pipeline]} has no stage {stage}. It has {', '.join(stages)}.")
        return
    yield Finding(Level.OK, f"New deals go to the pipeline {names[pipeline]}, stage {stage or stages[0]}.")
