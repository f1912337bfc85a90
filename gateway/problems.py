"""Errors as RFC 9457 problem documents; what was sent is never echoed."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from structlog import get_logger

from store.errors import Conflict, DatabaseUnavailable, InvalidQuestion, NotAllowed, NotCovered, NotFound, PulseError, UpstreamError

STATUSES: dict[type[PulseError], int] = {
    InvalidQuestion: 422,
    NotFound: 404,
    NotCovered: 404,
    NotAllowed: 403,
    Conflict: 409,
    UpstreamError: 502,
}
"""Every other known error means that a part of Pulse does not answer: 503."""
MEDIA_TYPE = "application/problem+json"
log = get_logger(__name__)


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str
    reason: str


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    code: {"description": HTTPStatus(code).phrase, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for code in (400, 404, 422, 503)
}
"""The error answers of every route, for OpenAPI."""


def answer(status: int, detail: str | None = None, errors: list[FieldProblem] | None = None, headers: Any = None) -> JSONResponse:
    """A problem document as a response."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return answer(error.status_code, str(error.detail), headers=error.headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = [FieldProblem(field=".".join(str(part) for part in item["loc"]), reason=item["msg"]) for item in error.errors()]
    return answer(422, "The request does not fit the schema at /docs.", fields)


async def _known(_: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 503)
    again = {"retry-after": str(error.retry_after_s)} if isinstance(error, DatabaseUnavailable) else None
    return answer(status, str(error), headers=again)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", path=request.url.path, exc_info=error)
    return answer(500, "Something went wrong inside Pulse; the log has the details.")


def install(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PulseError, _known)
    app.add_exception_handler(Exception, _unknown)
