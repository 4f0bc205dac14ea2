# SPDX-License-Identifier: Apache-2.0
"""A small Graph API on loopback: a world of posts, comments and messages whose time a test moves, and its faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.connector.loopback_http import server

APP_ID, APP_SECRET, VERSION = "4242", "canary-app-secret", "v26.0"
PAGE, TOKEN, USER_TOKEN = "1001", "canary-page-token", "canary-user-token"
LONG_AGO = 1_700_000_000
DAY = 86_400


def graph_time(second):
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def error(code, subcode=0, *, status=400, transient=False, words=""):
    """What Meta answers when it refuses; the message has a canary in it."""
    told = {"message": f"(#{code}) canary-message", "type": "OAuthException", "code": code, "is_transient": transient}
    told |= {"error_subcode": subcode} if subcode else {}
    told |= {"error_user_msg": words} if words else {}
    return status, {"error": told}, {}


@dataclass
class Thing:
    """A post, comment or message."""

    id: str
    at: int
    who: str
    text: str = ""
    parent: str = ""
    hidden: bool = False
    picture: str = ""
    files: tuple = ()
    metadata: str = ""
    more: dict = field(default_factory=dict)


class Refusal(Exception):
    """The call is refused."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer


GONE = error(100, 33)


class FakeGraph:
    """
    The world and the server in one. `now` is its time in seconds; what is written happens then.

    `faults` maps `METHOD /path` to answers that come first, one after the other; "lose" does the call and drops the
    connection. `calls` keeps what was asked.
    """

    def __init__(self):
        self.now = int(time.time())
        self.posts, self.comments, self.messages = {}, {}, {}
        self.people = {PAGE: "The Bakery"}
        self.grants = {"scopes": [], "valid": True, "granular": []}
        self.pages = [{"id": PAGE, "name": "The Bakery", "access_token": TOKEN, "tasks": ["MODERATE", "MESSAGING"]}]
        self.subscribed = {}
        self.uploads = {}
        self.faults, self.calls, self.bodies = {}, [], []
        self.headers = {}
        self.page_size = None
        self.files = {}
        self.more_lists = {}
        self._number = 0
        self._server = None

    # What people do.

    def person(self, person, name="Ann Example"):
        self.people[person] = name

    def post(self, who=PAGE, text="News", **more):
        return self._add(self.posts, f"{PAGE}_{self._next()}", who, text, **more)

    def comment(self, post, who="7007", text="Are you open?", parent="", **more):
        comment = self._add(self.comments, f"{post.partition('_')[2]}_{self._next()}", who, text, **more)
        self.comments[comment].parent = parent or post
        return comment

    def message(self, who="7007", text="Hello", to=PAGE, **more):
        return self._add(self.messages, f"m_{self._next()}", who, text, parent=to, **more)

    def _add(self, where, name, who, text, **more):
        where[name] = Thing(name, self.now, who, text, **more)
        return name

    def _next(self):
        self._number += 1
        return str(2000 + self._number)

    # The server.

    async def __aenter__(self):
        self._server = server(self._serve)
        self.url = f"http://127.0.0.1:{await self._server.__aenter__()}"
        return self

    async def __aexit__(self, *_):
        await self._server.__aexit__(None, None, None)

    async def _serve(self, reader, writer):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if ": " in line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        answer = self._answer(*lines[0].split(" ")[:2], headers, body)
        if answer is None:
            return
        status, content, more = answer
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        told = {"content-type": "application/json", "connection": "close", **self.headers, **more}
        lines = [f"HTTP/1.1 {status} .", f"content-length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in told.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        await writer.drain()

    def _answer(self, method, target, headers, body):
        authorization = headers.get("authorization", "")
        address = urlsplit(target)
        query = dict(parse_qsl(address.query))
        if address.path.startswith("/cdn/"):
            self.calls.append(f"{method} {address.path}")
            assert not authorization
            return (200, self.files[address.path], {}) if address.path in self.files else (403, b"expired", {})
        version, _, path = address.path.lstrip("/").partition("/")
        assert version == VERSION
        token = authorization.removeprefix("Bearer ")
        assert "access_token" not in query
        self.calls.append(f"{method} /{path}")
        self.bodies.append(_content(headers.get("content-type", ""), body))
        try:
            proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
            if query.pop("appsecret_proof", "") != proof:
                return error(104)
            fault = self._fault(f"{method} /{path}")
            if fault is not None and fault != "lose":
                return fault
            told = self._told(method, path, query, token, self.bodies[-1])
            return None if fault == "lose" else (200, told, {})
        except Refusal as refusal:
            return refusal.answer

    def _fault(self, call):
        waiting = self.faults.get(call) or self.faults.get("*")
        return waiting.pop(0) if waiting else None

    def _told(self, method, path, query, token, body):
        if path == "oauth/access_token":
            return self._access_token(query)
        if path == "debug_token":
            assert token == f"{APP_ID}|{APP_SECRET}"
            return {"data": self._facts(query["input_token"])}
        if path == "me/accounts":
            self._check(token == USER_TOKEN)
            return self._paged(path, self.pages, query)
        self._check(token in {page.get("access_token") for page in self.pages} and self.grants["valid"])
        node, _, edge = path.partition("/")
        return getattr(self, f"_{method.lower()}_{edge or 'node'}")(node, query, body)

    def _check(self, right):
        if not right:
            raise Refusal(error(190, 460, status=401))

    def _access_token(self, query):
        if query.get("client_secret") != APP_SECRET:
            raise Refusal(error(1))
        if query.get("grant_type") == "fb_exchange_token":
            if query["fb_exchange_token"] != "short":
                raise Refusal(error(190, 463))
            return {"access_token": USER_TOKEN, "token_type": "bearer", "expires_in": 5183944}
        if query.get("code") != "good-code":
            raise Refusal(error(100, 36009))
        return {"access_token": "short", "token_type": "bearer", "expires_in": 5108}

    def _facts(self, token):
        known = token == USER_TOKEN or token in {page.get("access_token") for page in self.pages}
        return {
            "app_id": APP_ID,
            "is_valid": known and self.grants["valid"] and self.grants.get("valid_in_debug", True),
            "scopes": self.grants["scopes"],
            "granular_scopes": self.grants["granular"],
        }

    # Reading.

    def _get_node(self, node, query, body):
        if node in self.comments:
            return self._comment(self.comments[node])
        if node in self.posts:
            return self._post(self.posts[node])
        if node in self.messages:
            return self._message(self.messages[node])
        if node == PAGE:
            return {"id": PAGE, "name": self.people[PAGE]}
        raise Refusal(GONE)

    def _get_feed(self, node, query, body):
        posts = sorted(self._shown(query), key=lambda post: -post.at)
        return self._paged(f"{node}/feed", [self._post(post) for post in posts], query)

    def _get_visitor_posts(self, node, query, body):
        posts = sorted((post for post in self._shown(query) if post.who != PAGE), key=lambda post: -post.at)
        return self._paged(f"{node}/visitor_posts", [self._post(post) for post in posts], query)

    def _get_ads_posts(self, node, query, body):
        return self._optional("ads_posts", node, query)

    def _get_photos(self, node, query, body):
        return self._optional("photos", node, query)

    def _get_ratings(self, node, query, body):
        return self._optional("ratings", node, query)

    def _get_tagged(self, node, query, body):
        return self._optional("tagged", node, query)

    def _optional(self, edge, node, query):
        """A list for which most apps lack a permission; `more_lists` has those that this one may read."""
        if edge not in self.more_lists:
            raise Refusal(error(10, status=403))
        return self._paged(f"{node}/{edge}", self.more_lists[edge], query)

    def _shown(self, query):
        return [post for post in self.posts.values() if not post.hidden or query.get("include_hidden") == "true"]

    def _get_comments(self, node, query, body):
        if node not in self.posts and node not in self.comments:
            raise Refusal(GONE)
        below = [comment for comment in self.comments.values() if self._is_below(comment, node, query.get("filter"))]
        if "since" in query:
            below = [comment for comment in below if comment.at >= int(query["since"])]
        below.sort(key=lambda comment: (comment.at, int(comment.id.rpartition("_")[2])))
        if query.get("order") == "reverse_chronological":
            below.reverse()
        return self._paged(f"{node}/comments", [self._comment(comment) for comment in below], query)

    def _is_below(self, comment, node, level):
        if comment.parent == node:
            return True
        return level == "stream" and comment.parent in self.comments and self.comments[comment.parent].parent == node

    def _get_conversations(self, node, query, body):
        assert query["platform"] == "messenger"
        last = {}
        for message in self.messages.values():
            person = message.parent if message.who == PAGE else message.who
            last[person] = max(last.get(person, 0), message.at)
        told = [{"id": f"t_{person}", "updated_time": graph_time(at)} for person, at in last.items()]
        told = [each for each in told if query.get("user_id") in {None, each["id"][2:]}]
        return self._paged(f"{node}/conversations", sorted(told, key=lambda each: each["updated_time"])[::-1], query)

    def _get_messages(self, node, query, body):
        mine = [each for each in self.messages.values() if node[2:] in {each.who, each.parent}]
        mine.sort(key=lambda message: (-message.at, -int(message.id[2:])))
        return self._paged(f"{node}/messages", [self._message(message) for message in mine], query)

    def _get_subscribed_apps(self, node, query, body):
        return {"data": [{"id": APP_ID, "subscribed_fields": self.subscribed[node]}] if node in self.subscribed else []}

    def _from(self, thing):
        return {"from": {"id": thing.who, "name": self.people.get(thing.who, "Ann Example")}} if thing.who else {}

    def _post(self, post):
        below = [each.at for each in self.comments.values() if self._is_below(each, post.id, "stream")]
        told = {"id": post.id, "message": post.text, "created_time": graph_time(post.at), "is_hidden": post.hidden}
        told |= {"updated_time": graph_time(max([post.at, *below]))}
        if post.picture:
            media = {"image": {"src": post.picture}}
            told["attachments"] = {"data": [{"media_type": "photo", "media": media, "url": "https://facebook.com/x"}]}
        return {**told, **self._from(post), **post.more}

    def _comment(self, comment):
        told = {"id": comment.id, "message": comment.text, "created_time": graph_time(comment.at)}
        told |= {"can_comment": True, "can_reply_privately": True, "is_hidden": comment.hidden}
        if comment.parent in self.comments:
            told["parent"] = {"id": comment.parent}
        if comment.picture:
            told["attachment"] = {
                "type": "photo",
                "media": {"image": {"src": comment.picture}},
                "url": "https://x.test",
            }
        return {**told, **self._from(comment), **comment.more}

    def _message(self, message):
        to = {"data": [{"id": message.parent, "name": self.people.get(message.parent, "Ann Example")}]}
        told = {"id": message.id, "created_time": graph_time(message.at), "to": to, "message": message.text}
        if message.files:
            told["attachments"] = {"data": list(message.files)}
        return {**told, **self._from(message), **message.more}

    def _paged(self, path, items, query):
        """A page, with an address of the next one that holds a token; the last page is followed by an empty one."""
        size = min(int(query.get("limit", 25)), self.page_size or 100)
        start = int(query.get("after", 0))
        told = {"data": items[start : start + size], "paging": {"cursors": {"after": str(start + size)}}}
        if start < len(items):
            more = {**query, "after": str(start + size), "access_token": "canary-in-next", "appsecret_proof": "old"}
            told["paging"]["next"] = f"{self.url}/{VERSION}/{path}?{urlencode(more)}"
        return told

    # Writing.

    def _post_comments(self, node, query, body):
        if node not in self.posts and node not in self.comments:
            raise Refusal(GONE)
        post = node if node in self.posts else self.comments[node].parent
        root = self.posts.get(post) or self.posts[self.comments[post].parent]
        picture = "https://cdn.test/ours.jpg" if body.get("source") else ""
        name = self.comment(root.id, PAGE, body.get("message", ""), parent=node, picture=picture)
        return {"id": name}

    def _post_messages(self, node, query, body):
        recipient, message = body["recipient"], body["message"]
        if "id" in recipient:
            person = recipient["id"]
            self._check_window(person, body.get("tag"))
        else:
            answered = self.comments.get(recipient.get("comment_id")) or self.posts[recipient["post_id"]]
            if "private_reply_conversation" in answered.more:
                raise Refusal(error(10900))
            person = answered.who
            answered.more |= {"can_reply_privately": False, "private_reply_conversation": {"id": f"t_{person}"}}
        files = ()
        if "attachment" in message:
            files = ({"id": "9", "mime_type": "image/png", "image_data": {"url": f"{self.url}/cdn/x"}},)
        name = self.message(PAGE, message.get("text", ""), person, files=files, metadata=message.get("metadata", ""))
        return {"recipient_id": person, "message_id": name}

    def _check_window(self, person, tag):
        """A day after the person wrote, or a week as a human agent."""
        wrote = [each.at for each in self.messages.values() if each.who == person]
        if wrote and self.now - max(wrote) > DAY * (7 if tag else 1):
            raise Refusal(error(10, 2018278))

    def _post_message_attachments(self, node, query, body):
        name = f"90{self._next()}"
        self.uploads[name] = body["filedata"]
        return {"attachment_id": name}

    def _post_subscribed_apps(self, node, query, body):
        self.subscribed[node] = query["subscribed_fields"].split(",")
        return {"success": True}


def _content(kind, body):
    """A body as a dict: JSON, or the parts of a form."""
    if kind.startswith("application/json"):
        return json.loads(body)
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode()))
    boundary = kind.partition("boundary=")[2].encode()
    parts = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, data = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        parts[name] = data if b"filename=" in head else data.decode()
    return parts
