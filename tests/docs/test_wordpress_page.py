# SPDX-License-Identifier: Apache-2.0
"""The way from a WordPress site to the first ticket does what its page says, with real processes."""

from __future__ import annotations

import textwrap

import pytest

from sealock_devkit.emulators.wordpress import WordPress, missing
from tests.docs.pages import DOCS, FENCE, section
from tests.docs.shell import Shell, free_ports

PAGE = DOCS / "connectors" / "wordpress.md"
WAY = "From a site to the first ticket"


def steps(language: str) -> list[str]:
    """The blocks of the way, in order."""
    text = textwrap.dedent("\n".join(line.removeprefix("   ") for line in section(PAGE, WAY).splitlines()))
    return [match[3] for match in FENCE.finditer(text) if match[1] == language]


@pytest.mark.system
@pytest.mark.wordpress
@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_the_way_leads_from_a_site_to_a_ticket_and_back(tmp_path):
    prepare, start, allow, add, look, answer = steps("sh")
    [configuration] = steps("toml")
    own_set_up = "make setup\n. .venv/bin/activate\n"
    assert prepare.startswith(own_set_up)
    public, *others = start.splitlines(keepends=True)
    assert allow.replace(" --allow-network 127.0.0.0/8", "") == public
    async with WordPress(tmp_path / "wordpress") as wordpress, Shell(tmp_path, free_ports()) as shell:
        site = await wordpress.add_site("blog")
        post = await site.add_post("Opening hours")
        await shell.run(prepare.removeprefix(own_set_up))
        (tmp_path / ".demo" / "wordpress" / "edge.toml").write_text(shell.adapted(configuration))
        await shell.run(allow + "".join(others))
        await shell.until("sealock zendesk integrations; cat edge.log", "connector_ready")
        printed = await shell.run(with_this(add, site))
        assert "integration 1: WordPress" in printed
        assert "account 1: Blog" in printed
        await site.write_comment(post, "Are you open on Sunday?")
        await shell.until(look, "Opening hours")
        assert "delivered" in await shell.run(answer)
        assert [each.content for each in await site.comments()][1:] == ["We are open from ten to four."]
        assert "none" in await shell.run("sealock zendesk violations")


def with_this(add, site):
    """The commands with a site of the test's in place of the page's."""
    mine = {
        "https://blog.example.com": site.url,
        "user=editor": f"user={site.users['agent'].login}",
        "abcd efgh ijkl mnop qrst uvwx": site.users["agent"].password,
    }
    for example, value in mine.items():
        assert add.count(example) == 1
        add = add.replace(example, value)
    return add
