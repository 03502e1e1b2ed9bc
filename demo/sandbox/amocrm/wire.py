"""How the account speaks: HAL lists, empty answers as 204, problems as problem+json, batches read strictly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from demo.sandbox.amocrm.account import Account

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Entity",
}
LARGEST_PAGE = 250
LARGEST_BATCH = 250


class Problem(Exception):
    """A refusal; `errors` are validation errors as `(request id, code, path, detail)`."""

    def __init__(
        self, status: int, detail: str, errors: list[tuple[str, str, str, str]] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or []
        self.more = more

    def answer(self) -> Response:
        """Returns the problem as the account words it."""
        body: dict[str, Any] = {**self.more}
        if self.errors:
            grouped: dict[str, list[dict[str, str]]] = {}
            for request_id, code, path, detail in self.errors:
                grouped.setdefault(request_id, []).append({"code": code, "path": path, "detail": detail})
            body["validation-errors"] = [{"request_id": key, "errors": found} for key, found in grouped.items()]
        body |= {
            "title": TITLES.get(self.status, "Error"),
            "type": f"https://httpstatus.es/{self.status}",
            "status": self.status,
            "detail": self.detail,
        }
        answer = jsonify(body)
        answer.status_code = self.status
        answer.content_type = "application/problem+json"
        return answer


class Checks:
    """Collects what is wrong with one element of a batch."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.errors: list[tuple[str, str, str, str]] = []

    def add(self, code: str, path: str, detail: str) -> None:
        """Notes one error."""
        self.errors.append((self.request_id, code, path, detail))

    def typed(self, item: dict[str, Any], key: str, kind: type, *, required: bool = False, under: str = "") -> Any:
        """Returns a value of the right type, None when it is absent or wrong (noted)."""
        value = item.get(key)
        if value is None:
            if required:
                self.add("FieldMissing", under + key, "This field is missing.")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.add("InvalidType", under + key, f"This value should be of type {kind.__name__}.")
            return None
        return value


def batch() -> list[dict[str, Any]]:
    """Reads the request's array; a bare object is refused, as the real account does."""
    body = request.get_json(silent=True)
    if not isinstance(body, list) or not body or not all(isinstance(item, dict) for item in body):
        raise Problem(400, "Request validation failed", [("0", "InvalidType", "", "An array is expected.")])
    if len(body) > LARGEST_BATCH:
        raise Problem(400, "Request validation failed", [("0", "TooMany", "", "Too many elements.")])
    return body


def request_id(item: dict[str, Any], index: int) -> str:
    """Returns the element's own request id, else its ordinal."""
    return str(item.get("request_id", index))


def checked(items: list[dict[str, Any]], check: Callable[[dict[str, Any], Checks], None]) -> None:
    """Validates a batch; one wrong element refuses it as a whole."""
    errors: list[tuple[str, str, str, str]] = []
    for index, item in enumerate(items):
        checks = Checks(request_id(item, index))
        check(item, checks)
        errors += checks.errors
    if errors:
        raise Problem(400, "Request validation failed", errors)


def hal(body: object, status: int = 200) -> Response:
    """Answers with HAL."""
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/hal+json"
    return answer


def nothing() -> Response:
    """Answers 204 without a body."""
    return Response(status=204)


def link(account: Account, path: str) -> dict[str, Any]:
    """Returns a `_links` object with the address of a resource."""
    return {"self": {"href": f"https://{account.subdomain}.amocrm.ru/api/v4/{path}"}}


def listing(account: Account, path: str, key: str, rows: list[Any], *, counted: bool = False) -> Response:
    """Answers with the wanted page of a list; an empty page is 204."""
    page, limit = _number("page", 1), min(_number("limit", 50), LARGEST_PAGE)
    shown = rows[(page - 1) * limit : page * limit]
    if not shown:
        return nothing()
    links = link(account, f"{path}?page={page}&limit={limit}")
    if len(rows) > page * limit:
        links["next"] = link(account, f"{path}?page={page + 1}&limit={limit}")["self"]
    body: dict[str, Any] = {"_page": page, "_links": links, "_embedded": {key: shown}}
    if counted:
        body |= {"_total_items": len(rows), "_page_count": -(-len(rows) // limit)}
    return hal(body)


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdigit() and int(text) > 0 else default


def filtered(name: str) -> list[str]:
    """Returns the values of `filter[name]` and `filter[name][]`."""
    return request.args.getlist(f"filter[{name}][]") + request.args.getlist(f"filter[{name}]")
