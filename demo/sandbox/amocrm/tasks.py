"""`/api/v4/tasks`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from demo.sandbox.amocrm.account import Account, Task
from demo.sandbox.amocrm.wire import Checks, batch, checked, filtered, hal, link, listing, request_id

ENTITY_TYPES = ("leads", "contacts")


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves reading, adding and completing tasks."""

    @blueprint.get("/api/v4/tasks")
    def tasks() -> Response:
        return listing(
            account, "tasks", "tasks", [_show(account, task) for task in account.tasks.values() if _is_wanted(task)]
        )

    @blueprint.post("/api/v4/tasks")
    def add_tasks() -> Response:
        items = batch()
        checked(items, lambda item, checks: _check(account, item, checks))
        rows = [_add(account, item, request_id(item, index)) for index, item in enumerate(items)]
        return hal({"_links": link(account, "tasks"), "_embedded": {"tasks": rows}})

    @blueprint.patch("/api/v4/tasks/<int:id>")
    def complete(id: int) -> Response:
        checked([{"id": id}], lambda item, checks: _check_known(account, item, checks))
        task, item = account.tasks[id], request.get_json()
        task.is_completed = item.get("is_completed", task.is_completed)
        task.result = (item.get("result") or {}).get("text", task.result)
        return hal(_show(account, task))


def _add(account: Account, item: dict[str, Any], request_id: str) -> dict[str, Any]:
    task = Task(
        id=account.new_id(),
        text=item["text"],
        complete_till=item["complete_till"],
        responsible_user_id=item.get("responsible_user_id", account.current_user_id),
        entity_id=item.get("entity_id"),
        entity_type=item.get("entity_type"),
        task_type_id=item.get("task_type_id", 1),
    )
    account.tasks[task.id] = task
    return {"id": task.id, "request_id": request_id, "_links": link(account, f"tasks/{task.id}")}


def _check(account: Account, item: dict[str, Any], checks: Checks) -> None:
    checks.typed(item, "text", str, required=True)
    checks.typed(item, "complete_till", int, required=True)
    user = checks.typed(item, "responsible_user_id", int)
    if user and user not in {one.id for one in account.users}:
        checks.add("NotSupportedChoice", "responsible_user_id", "The value you selected is not a valid choice.")
    if item.get("entity_id") is None:
        return
    if item.get("entity_type") not in ENTITY_TYPES:
        checks.add("NotSupportedChoice", "entity_type", "The value you selected is not a valid choice.")
    elif account.visible(item["entity_type"], item["entity_id"]) is None:
        checks.add("NotSupportedChoice", "entity_id", "Entity not found")


def _check_known(account: Account, item: dict[str, Any], checks: Checks) -> None:
    if item["id"] not in account.tasks:
        checks.add("NotSupportedChoice", "id", "Task not found")


def _is_wanted(task: Task) -> bool:
    for name, value in (("entity_type", task.entity_type), ("entity_id", str(task.entity_id))):
        wanted = filtered(name)
        if wanted and value not in wanted:
            return False
    return True


def _show(account: Account, task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "text": task.text,
        "complete_till": task.complete_till,
        "responsible_user_id": task.responsible_user_id,
        "entity_id": task.entity_id,
        "entity_type": task.entity_type,
        "task_type_id": task.task_type_id,
        "is_completed": task.is_completed,
        "result": {"text": task.result} if task.result else [],
        "account_id": account.id,
        "_links": link(account, f"tasks/{task.id}"),
    }
