from demo.sandbox.faults import Fault, FaultKind
from tracker.providers.crm.base import Level


def told(findings):
    return [(finding.level.value, finding.text) for finding in findings]


def levels(findings):
    return {finding.level for finding in findings}


def test_good_webhook_is_told_what_it_can_do(crm):
    findings = told(crm.check())

    assert findings[0][1].endswith("through an incoming webhook, acting as Irina Belova.")
    assert ("ok", "The CRM works with leads.") in findings
    assert ("ok", "New deals go to the pipeline Sales, stage NEW.") in findings
    assert {level for level, _ in findings} == {"ok"}


def test_check_makes_the_fields(crm, portal):
    crm.check()

    assert "UF_CRM_GA_ID" in portal.user_fields["DEAL"]
    assert ("ok", "All fields exist.") in told(crm.check())


def test_application_uses_telephony(application):
    assert ("ok", "Calls go into the portal's telephony statistics.") in told(application.crm.check())


def test_missing_telephony_is_a_warning(application, portal):
    portal.scopes = frozenset({"crm", "user"})

    assert [text for level, text in told(application.crm.check()) if level == "warning"] == [
        "The right telephony is missing: calls are recorded as activities of the card, without statistics."
    ]


def test_missing_crm_right_is_an_error(crm, portal):
    portal.scopes = frozenset({"user"})

    assert told(crm.check())[-1] == ("ok", "Calls are recorded as activities of the card; telephony statistics"
                                     " need an OAuth application.")  # fmt: skip
    assert ("error", "The right crm is missing: add it to the webhook or application.") in told(crm.check())


def test_employee_without_the_right_to_make_fields_is_told(connect, portal, address):
    portal.webhooks["clerk"] = 6
    clerk = connect(fields={"ga_id": "GA_id"}, webhook_url=f"{address}/rest/6/clerk/").crm

    [warning] = [text for level, text in told(clerk.check()) if level == "warning"]
    assert "contact: GA_id, deal: GA_id, lead: GA_id" in warning


def test_portal_without_leads_is_told(crm, portal):
    portal.mode = 2

    assert "The CRM works without leads: where the policy says lead, a deal is made." in [
        finding.text for finding in crm.check()
    ]


def test_wrong_pipeline_and_stage_are_errors(crm):
    assert told(crm.check(pipeline="9"))[-1] == (
        "error",
        "There is no pipeline 9. The portal has 0 (Sales), 3 (Service).",
    )
    assert told(crm.check(pipeline="3", stage="GONE"))[-1][1].startswith("Pipeline Service has no stage GONE.")
    assert levels(crm.check(pipeline="3", stage="WON")) == {Level.OK}


def test_unreachable_portal_is_a_finding(crm, portal):
    portal.faults.plan(Fault(FaultKind.DROP_BEFORE), times=2)

    [finding] = crm.check()
    assert finding.level is Level.ERROR
