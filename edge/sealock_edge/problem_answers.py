# SPDX-License-Identifier: Apache-2.0
"""How the answer to a call that failed is written: JSON for Zendesk, a page for people."""

from __future__ import annotations

from typing import Any

import falcon
import orjson
from falcon.asgi import App, Request, Response

from sealock_edge.calls import Call, Integration
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.pages import Pages, translations
from sealock_edge.problems import INTERNAL, NOT_HERE, TOO_LARGE, Problem, problem_of
from sealock_edge.telemetry import Journal


class ProblemAnswers:
    """The handlers of every error that climbs out of an endpoint or a middleware."""

    def __init__(self, pages: Pages, journal: Journal) -> None:
        self._pages = pages
        self._journal = journal

    def add_to(self, app: App[Request, Response]) -> None:
        """Register the handlers."""
        app.add_error_handler(Exception, self.on_error)
        app.add_error_handler(falcon.HTTPError, self.on_http_error)

    async def on_error(self, req: Request, resp: Response, error: Exception, _params: dict[str, Any]) -> None:
        """An error of ours, or one that nobody foresaw."""
        call: Call = req.context.call
        problem = problem_of(error, call.endpoint)
        if problem is INTERNAL:
            self._journal.fault(
                request_id=call.request_id,
                endpoint=call.endpoint or "",
                integration=call.integration.config.path if call.integration is not None else "",
                error=error,
            )
        self._answer(req, resp, problem)

    async def on_http_error(
        self, req: Request, resp: Response, error: falcon.HTTPError, _params: dict[str, Any]
    ) -> None:
        """What the framework or a middleware refused."""
        if error.headers is not None:
            resp.set_headers(error.headers)
        status = error.status_code
        words = error.description or f"{error.title or 'The request is malformed'}."
        if status == 404:
            problem = NOT_HERE
        elif status == 413:
            problem = TOO_LARGE
        else:
            problem = Problem(status, Outcome.BAD_REQUEST, words)
        self._answer(req, resp, problem)

    def _answer(self, req: Request, resp: Response, problem: Problem) -> None:
        call: Call = req.context.call
        call.failed(problem.outcome, problem.cause)
        resp.status = falcon.code_to_http_status(problem.status)
        if problem.retry_after is not None:
            resp.set_header("Retry-After", str(problem.retry_after))
        page = call.endpoint is not None and call.endpoint.is_page
        read_in_browser = page or call.endpoint is Endpoint.FILE
        locale = call.locale or (read_in_browser and req.get_header("Accept-Language")) or ""
        words = told(problem, locale, call.integration)
        if page:
            self._pages.answer(
                resp,
                "problem.html",
                locale=locale,
                framed_by=call.framed_by,
                words=words,
                english_only=not problem.as_written and not translations(locale).translates(problem.words),
                may_pass=problem.status >= 500 or problem.status == 429,
                begins_with=call.begins_with,
                action=f"{call.integration.base_url}/admin_ui/step" if call.integration is not None else "",
                request_id=call.request_id,
            )
            return
        # Of a reply's answer the agent reads what it says, who can do nothing about a connector.
        detail = problem.detail if call.endpoint is not Endpoint.CHANNELBACK else ""
        sentence = " ".join(filter(None, (words, detail)))
        body: dict[str, Any] = {"error_info": sentence, "request_id": call.request_id}
        if problem.no_channelback:
            body["allow_channelback"] = False
        resp.content_type = "application/json"
        resp.data = orjson.dumps(body)


def told(problem: Problem, locale: str, integration: Integration | None) -> str:
    """What people read of it, in their language, with the origin called by its name."""
    if problem.as_written or not problem.words:
        return problem.words
    texts = translations(locale)
    numbers = {name: texts.language.number(number) for name, number in problem.numbers.items()}
    return texts.filled(problem.words, origin=integration.origin if integration is not None else "", **numbers)
