# SPDX-License-Identifier: Apache-2.0
"""The README's first connector: the code is the example's, and the steps do what they say, with real processes."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, ROOT, Block, blocks, section
from tests.docs.shell import Shell, free_ports

README = ROOT / "README.md"
SECTION = "Your first connector in ten minutes"
EXAMPLE = DOCS / "examples" / "letterbox.py"


def steps(*languages: str) -> list[str]:
    """The blocks of the section, in order."""
    inside = section(README, SECTION)
    return [block.code for block in blocks(*languages) if block.page == README and block.code in inside]


def test_the_class_in_the_readme_is_the_beginning_of_the_example():
    [shown] = steps("python")
    assert shown.strip() in EXAMPLE.read_text()


def test_no_line_of_the_readme_is_too_long_to_read():
    assert [line for line in README.read_text().splitlines() if len(line) > 130 and not line.startswith("|")] == []


@pytest.mark.system
async def test_the_steps_of_the_readme_lead_from_a_letter_to_a_reply_beside_it(tmp_path):
    prepare, start, install, answer = steps("sh")
    [configuration] = steps("toml")
    (tmp_path / "docs").symlink_to(DOCS)
    shell = Shell(tmp_path, free_ports())
    async with shell:
        own_set_up = ("make setup\n", ". .venv/bin/activate\n")
        assert prepare.startswith("".join(own_set_up))
        printed = await shell.run(prepare.removeprefix("".join(own_set_up)))
        assert "seals from now on" in printed
        folder = tmp_path / ".demo" / "first"
        (folder / "edge.toml").write_text(shell.adapted(configuration))
        await shell.run(start)
        await shell.until("sealock zendesk integrations; cat edge.log", "connector_ready")
        printed = await shell.run(install)
        assert "integration 1: Letterbox" in printed
        assert "account 1: complaints" in printed
        await shell.until("sealock zendesk tickets", "The door squeaks.")
        printed = await shell.run(answer)
        assert "The door squeaks." in printed
        assert "delivered" in printed
        assert "We oiled it." in printed
        [reply] = (folder / "letters" / "complaints").glob("door.reply-*")
        assert reply.read_text() == "We oiled it."
        assert "none" in await shell.run("sealock zendesk violations")


def test_every_block_of_the_section_is_followed():
    kinds: list[Block] = [block for block in blocks("sh", "toml", "python") if block.code in section(README, SECTION)]
    assert [block.language for block in kinds if block.page == README].count("sh") == 4
