# SPDX-License-Identifier: Apache-2.0
"""What `sealock zendesk SUBCOMMAND` does: asks a running local Zendesk, and prints what people want to read."""

from __future__ import annotations

import argparse
import base64
import json
import mimetypes
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sealock_devkit.zendesk.api.client import ZendeskClient, ZendeskSaysNo

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ClientCommand:
    """One subcommand."""

    name: str
    help: str
    run: Callable[[ZendeskClient, argparse.Namespace, Say], int]
    arguments: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def add_to(self, subcommands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Make it known to the parser."""
        parser = subcommands.add_parser(self.name, help=self.help, description=self.help)
        for name, options in self.arguments:
            parser.add_argument(name, **options)


def _install(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    if args.source.startswith(("http://", "https://")):
        integration = zendesk.post("integrations", manifest_url=args.source)
    else:
        integration = _install_app(zendesk, Path(args.source))
    say(f"integration {integration['id']}: {integration['manifest']['name']}")
    return 0


def _install_app(zendesk: ZendeskClient, path: Path) -> dict[str, Any]:
    from sealock_devkit.app.package import MAX_ZIP_BYTES  # noqa: PLC0415 - only needed here

    try:
        return zendesk.post("integrations", app=base64.b64encode(_content(path, MAX_ZIP_BYTES)).decode())
    except ZendeskSaysNo as refusal:
        findings = refusal.answer.get("findings", [])
        words = [f"{each['place']} {each['problem']}. {each['remedy']}" for each in findings]
        raise ZendeskSaysNo("\n".join(["the app cannot be installed:", *words]) if words else str(refusal)) from None


def _content(path: Path, most: int) -> bytes:
    """A file's bytes; of one that has more, as many as the local Zendesk needs to see to refuse it."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as problem:
        raise ZendeskSaysNo(f"{path}: {problem.strerror}") from None


def _integrations(zendesk: ZendeskClient, _args: argparse.Namespace, say: Say) -> int:
    rows = [
        (each["id"], each["manifest"]["name"], each["manifest_url"], each["problem"])
        for each in zendesk.get("integrations")["integrations"]
    ]
    _table(("integration", "name", "manifest", "problem"), rows, say)
    return 0


def _add_account(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    account = zendesk.post(f"integrations/{args.integration}/accounts", answers=_answers(args.answers))
    say(f"account {account['id']}: {account['name']}")
    return 0


def _edit_account(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    account = zendesk.post(f"accounts/{args.account}/edit", answers=_answers(args.answers))
    say(f"account {account['id']}: {account['name']}")
    return 0


def _answers(words: Sequence[str]) -> list[dict[str, str]]:
    """One object for each page; pages are parted by a `+`."""
    pages: list[dict[str, str]] = [{}]
    for word in words:
        if word == "+":
            pages.append({})
            continue
        name, equals, value = word.partition("=")
        if not equals:
            raise ZendeskSaysNo("an answer is FIELD=VALUE, and + begins the next page")
        pages[-1][name] = value
    return [page for page in pages if page]


def _accounts(zendesk: ZendeskClient, _args: argparse.Namespace, say: Say) -> int:
    rows = []
    for each in zendesk.get("accounts")["accounts"]:
        state = "active" if each["active"] else "inactive"
        state += ", paused" if each["paused"] else ""
        state += ", needs its administrator" if each["needs_update"] else ""
        since = each["failing_since"] or each["update_since"] or ""
        why = each["last_problem"] or each["update_reason"]
        rows.append((each["id"], each["name"], state, each["pulls"], since[:19], why))
    _table(("account", "name", "is", "pulls", "since", "because"), rows, say)
    return 0


def _pull(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    result = zendesk.post(f"accounts/{args.account}/pull")
    if result["problem"]:
        say(f"failed: {result['problem']}")
        return 1
    say(f"{result['received']} new, {result['duplicates']} known already, {result['milliseconds']:.0f} ms")
    return 0


def _tickets(zendesk: ZendeskClient, _args: argparse.Namespace, say: Say) -> int:
    rows = [
        (each["id"], _ticket_state(each), each["requester"] or "", each["subject"])
        for each in zendesk.get("tickets")["tickets"]
    ]
    _table(("ticket", "status", "requester", "subject"), rows, say)
    return 0


def _ticket_state(ticket: Mapping[str, Any]) -> str:
    return f"{ticket['status']}, reply failed" if ticket["reply_failed"] else ticket["status"]


def _ticket(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    ticket = zendesk.get(f"tickets/{args.ticket}")
    origin = ticket["via"]["source"]["from"]
    account = origin.get("service_info", origin)["integration_service_instance_name"]
    say(f"ticket {ticket['id']} ({_ticket_state(ticket)}), by {account}: {ticket['subject']}")
    if ticket["follow_up_of"]:
        say(f"follows ticket {ticket['follow_up_of']} up")
    for number in ticket["follow_ups"]:
        say(f"goes on in ticket {number}")
    for comment in ticket["comments"]:
        note = "" if comment["public"] else " (internal note)"
        say("")
        say(f"{comment['author']}, {comment['created_at']}{note}")
        for line in comment["body"].splitlines():
            say(f"  {line}")
        for file in comment["files"]:
            say(f"  [{_file_words(file)}]")
        if comment["reply"]:
            say(f"  [{_reply_words(comment['reply'])}]")
        elif comment["problem"]:
            say(f"  [not sent: {comment['problem']}]")
    return 0


def _file_words(file: Mapping[str, Any]) -> str:
    size = f", {file['size']} bytes" if file["status"] == "stored" else ""
    return f"file {file['name']}{size}" + (f": {file['problem']}" if file["problem"] else "")


def _reply_words(reply: Mapping[str, Any]) -> str:
    tries = len(reply["attempts"])
    times = "" if tries < 2 else f", {tries} attempts"
    failed = "delivered, and reported as failed later" if reply["external_id"] else "failed"
    words = {"waiting": "on its way", "delivered": "delivered", "failed": f"{failed}: {reply['problem']}"}
    return words[reply["status"]] + times


def _reply(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    files = [_attached(path) for path in args.file]
    body = {"body": args.text, "public": not args.internal, "wait": args.wait, "files": files}
    comment = zendesk.post(f"tickets/{args.ticket}/comments", **body)
    reply = comment["reply"]
    if args.internal:
        say("noted")
        return 0
    say(_reply_words(reply) if reply else f"not sent: {comment['problem']}")
    return 0 if reply and reply["status"] != "failed" else 1


def _attached(path: Path) -> dict[str, str]:
    from sealock_devkit.zendesk.engine.files import MAX_BYTES  # noqa: PLC0415 - only needed here

    content = base64.b64encode(_content(path, MAX_BYTES)).decode()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"name": path.name, "content_type": content_type, "content": content}


def _status(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    zendesk.patch(f"tickets/{args.ticket}", status=args.status)
    say(f"ticket {args.ticket} is {args.status}")
    return 0


def _open(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    link = zendesk.get(f"comments/{args.comment}/clickthrough")
    for hop in link["hops"]:
        say(hop)
    say(f"HTTP {link['status']} {link['title']}".rstrip())
    return 0


def _violations(zendesk: ZendeskClient, _args: argparse.Namespace, say: Say) -> int:
    violations = zendesk.get("violations")["violations"]
    rows = [(each["endpoint"], each["path"], each["rule"], each["detail"], each["source"]) for each in violations]
    _table(("endpoint", "where", "rule", "got", "source"), rows, say)
    return 1 if violations else 0


def _calls(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    rows = []
    for each in zendesk.get("calls", limit=args.limit)["calls"]:
        result = each["problem"] or each["status"]
        rows.append((each["started_at"], each["kind"], result, f"{each['milliseconds']:.0f} ms", each["answer"][:60]))
    _table(("at", "call", "result", "time", "answer"), rows, say)
    return 0


OF_PUSHES = ("busy", "processing error", "missing parent")


def _fault(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    if args.kind == "off":
        zendesk.delete("faults")
        say("no faults")
        return 0
    usual = {"reorder": "event_callback", **dict.fromkeys(OF_PUSHES, "push")}
    call = args.call or usual.get(args.kind, "channelback")
    numbers = {"times": args.times, "every": args.every, "seconds": args.seconds, "seed": args.seed}
    fault = zendesk.post("faults", kind=args.kind, call=call, **numbers)
    often = "until it is switched off, each" if fault["times"] < 0 else f"for the next {fault['times']}"
    say(f"{fault['kind']} {often} {fault['call']} call{'s' if fault['times'] > 1 else ''}")
    return 0


def _set(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    from sealock_devkit.zendesk.settings import BadSetting, parse_setting  # noqa: PLC0415 - only needed here

    try:
        changes = dict(parse_setting(each) for each in args.settings)
    except BadSetting as problem:
        raise ZendeskSaysNo(str(problem)) from None
    settings = zendesk.patch("settings", **changes) if changes else zendesk.get("settings")
    for name, value in settings.items():
        if not changes or name in changes:
            say(f"{name} = {json.dumps(value)}")
    return 0


def _transcript(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    extent = {"integration": args.channel, "account": args.account, "ticket": args.ticket}
    chosen = {name: number for name, number in extent.items() if number is not None}
    try:
        with args.to.open("xb") as file:
            zendesk.save("transcripts", file, words="kept" if args.words else "dots", **chosen)
    except FileExistsError:
        raise ZendeskSaysNo(f"{args.to} is there already: name another file") from None
    except OSError as problem:
        raise ZendeskSaysNo(f"{args.to}: {problem.strerror}") from None
    except ZendeskSaysNo:
        args.to.unlink()
        raise
    kept = "with what people wrote" if args.words else "with dots for what people wrote: --words keeps it"
    say(f"{args.to}: {args.to.stat().st_size} bytes, without secrets, {kept}")
    return 0


def _open_transcript(zendesk: ZendeskClient, args: argparse.Namespace, say: Say) -> int:
    from sealock_devkit.zendesk.transcripts.shape import MAX_BYTES, too_large  # noqa: PLC0415 - only needed here

    content = _content(args.transcript, MAX_BYTES)
    if len(content) > MAX_BYTES:
        raise ZendeskSaysNo(too_large())
    body = base64.b64encode(content).decode()
    opened = zendesk.post("transcripts", name=args.transcript.name, content=body)
    say(f"{opened['of']}: {zendesk.url}{opened['page']}")
    return 0


def _table(head: Sequence[str], rows: Sequence[Sequence[object]], say: Say) -> None:
    if not rows:
        say("none")
        return
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


NUMBER: Mapping[str, Any] = {"type": int, "metavar": "NUMBER"}
ANSWERS: Mapping[str, Any] = {"nargs": "*", "metavar": "FIELD=VALUE", "help": "what to type; + begins the next page"}

COMMANDS = (
    ClientCommand("install", "install an integration from its manifest's URL, or by its app", _install,
                  (("source", {"metavar": "MANIFEST_URL|APP_ZIP", "help": "its manifest's URL, or its app's zip"}),)),
    ClientCommand("integrations", "list the integrations", _integrations),
    ClientCommand("add-account", "add an account through the admin UI", _add_account,
                  (("integration", NUMBER), ("answers", ANSWERS))),
    ClientCommand("edit-account", "edit an account through the admin UI", _edit_account,
                  (("account", NUMBER), ("answers", ANSWERS))),
    ClientCommand("accounts", "list the accounts", _accounts),
    ClientCommand("pull", "pull an account now", _pull, (("account", NUMBER),)),
    ClientCommand("tickets", "list the tickets", _tickets),
    ClientCommand("ticket", "show a ticket with its comments", _ticket, (("ticket", NUMBER),)),
    ClientCommand("reply", "answer on a ticket as an agent", _reply, (
        ("ticket", NUMBER),
        ("text", {"metavar": "TEXT"}),
        ("--internal", {"action": "store_true", "help": "an internal note, which is not sent"}),
        ("--file", {"type": Path, "action": "append", "default": [], "metavar": "FILE", "help": "attach it"}),
        ("--wait", {"type": float, "default": 30, "metavar": "SECONDS", "help": "for the delivery (30)"}),
    )),
    ClientCommand("status", "change a ticket's status", _status, (
        ("ticket", NUMBER),
        ("status", {"choices": ("open", "pending", "hold", "solved", "closed")}),
    )),
    ClientCommand("open", "follow a comment's link to the origin", _open, (("comment", NUMBER),)),
    ClientCommand("violations", "list what breaks the protocol", _violations),
    ClientCommand("calls", "list the last calls of the service", _calls,
                  (("--limit", {"type": int, "default": 20, "metavar": "NUMBER"}),)),
    ClientCommand("fault", "let the network misbehave", _fault, (
        ("kind", {"choices": ("lose answer", "delay", "duplicate", "drop", "reorder", *OF_PUSHES, "off")}),
        ("--call", {"metavar": "KIND", "help": "which calls (event_callback, push or channelback, by the kind)"}),
        ("--times", {"type": int, "default": 1, "metavar": "NUMBER", "help": "how many of them; -1: for ever (1)"}),
        ("--every", {"type": int, "default": 1, "metavar": "NUMBER", "help": "only each so-manieth (1)"}),
        ("--seconds", {"type": float, "default": 0, "metavar": "NUMBER", "help": "how long a delay or wait is"}),
        ("--seed", {"type": int, "default": 1, "metavar": "NUMBER", "help": "another order for reorder (1)"}),
    )),
    ClientCommand("transcript", "write what happened into a file, without secrets", _transcript, (
        ("to", {"type": Path, "metavar": "FILE", "help": "the file to make, such as transcript.jsonl"}),
        ("--channel", {**NUMBER, "help": "only what concerns this integration"}),
        ("--account", {**NUMBER, "help": "only what concerns this account"}),
        ("--ticket", {**NUMBER, "help": "only what concerns this ticket"}),
        ("--words", {"action": "store_true", "help": "with names and what people wrote, instead of dots"}),
    )),
    ClientCommand("open-transcript", "open such a file in the pages of the one that runs", _open_transcript,
                  (("transcript", {"type": Path, "metavar": "FILE"}),)),
    ClientCommand("set", "show settings, or change them", _set,
                  (("settings", {"nargs": "*", "metavar": "NAME=VALUE"}),)),
)  # fmt: skip


def run_client_command(args: argparse.Namespace, say: Say = lambda line: print(line)) -> int:  # noqa: T201, PLW0108
    """Run the subcommand that was chosen: 0 when it did what was asked, 1 when not, 2 when it was refused."""
    from sealock_devkit.zendesk.context import printable  # noqa: PLC0415 - `sealock --help` does not need it

    chosen = next(each for each in COMMANDS if each.name == args.subcommand)
    try:
        return chosen.run(ZendeskClient(args.url), args, lambda line: say(printable(line)))
    except ZendeskSaysNo as refusal:
        print(printable(f"sealock zendesk: {refusal}"), file=sys.stderr)  # noqa: T201 - where people look for it
        return 2
