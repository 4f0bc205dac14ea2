# SPDX-License-Identifier: Apache-2.0
"""What people and an account go on doing while it is pulled: they write, edit, hide, show again and delete."""

from __future__ import annotations

from abc import ABC, abstractmethod

PEOPLE = 40


class Life(ABC):
    """
    The life of one account, by a seed, and what has to come of it.

    `threads` has all that people wrote, and the account in its own inbox, with the thread of each. What was deleted or
    hidden before it came is in `may_miss`; what was hidden at any time, and so may come late, in `late`.
    """

    def __init__(self, meta, account, chance, *, hidden_too=False):
        self.meta, self.account, self.chance = meta, account, chance
        self.threads, self.may_miss, self.late = {}, set(), set()
        self.posts, self.comments, self.messages = [], [], []
        self.deeds, self.over = 0, False
        self._hidden_too = hidden_too
        self._came = set()

    def begin(self, comments, messages):
        """Write what is there before the first pull, once there are posts."""
        for _ in range(comments):
            self._pass(self.chance.choice([0, 0, 1, 5]))
            self.comment()
        for _ in range(messages):
            self._pass(self.chance.choice([0, 1]))
            self.message()

    def came(self, items):
        """Take note of what a pull brought."""
        self._came.update(items)

    def go_on(self):
        """Let some things happen, unless it is over."""
        if self.over:
            return
        for _ in range(self.chance.randrange(1, 12)):
            self._pass(self.chance.choice([0, 0, 1, 5]))
            self.chance.choice(self._possible())()
            self.deeds += 1

    def comment(self):
        """Somebody comments on a post or a comment."""
        there = self._there(self.comments)
        above = self.chance.choice(there if there and self.chance.random() < 0.4 else self._there(self.posts))
        written = self._written_below(above, f"Comment {len(self.comments)}", self._somebody())
        self.comments.append(written)
        self.threads[written.id] = self.threads.get(above.id, written.id)
        if self.is_out_of_sight(written):
            self._hidden([written])

    def message(self):
        """Somebody sends a message."""
        name = self._somebody()
        self._keep_message(self.meta.message(f"Message {len(self.messages)}", person=name, account=self.account), name)

    def message_from_the_inbox(self):
        """The account's people write to somebody who wrote."""
        written = self._there(self.messages)
        if written:
            person = self.meta.store.conversations[self.chance.choice(written).conversation_id].person_id
            name = self.meta.store.people[person].name
            sent = self.meta.do("page_message", person=name, account=self.account, text=f"Sent {len(self.messages)}")
            self._keep_message(self.meta.store.messages[sent], name)

    def own_comment(self):
        """The account comments: that is no news."""
        above = self.chance.choice(self._there(self.comments) or self._there(self.posts))
        self.meta.do("page_comment", account=self.account, target=above.id, text="From the account")

    def edit(self):
        """Somebody edits what they wrote."""
        mine = [each for each in self._there(self.messages) if each.by_person] + self._editable()
        if mine:
            self._do_as_its_author("edit", self.chance.choice(mine), text=f"Edited {self.deeds}")

    def delete_comment(self):
        """Somebody deletes a comment, and the answers to it are gone too."""
        if there := self._there(self.comments):
            comment = self.chance.choice(there)
            self._gone(each for each in self.comments if comment.id in {each.id, each.parent_id})
            self._do_as_its_author("delete", comment)

    def take_back(self):
        """Somebody takes a message back."""
        if there := [each for each in self._there(self.messages) if each.by_person]:
            message = self.chance.choice(there)
            self._gone([message])
            self._do_as_its_author("delete", message)

    def hide(self):
        """The account hides a comment, or shows one again."""
        if there := self._there(self.comments):
            comment = self.chance.choice([each for each in there if each.hidden][:1] * 2 + there[-5:])
            self.hide_comment(comment, hidden=not comment.hidden)
            self._hidden([comment])

    @abstractmethod
    def hide_comment(self, comment, *, hidden):
        """Hide a comment or show it."""

    def is_out_of_sight(self, comment):
        """Whether what it is below is hidden."""
        return False

    def _possible(self):
        often = [self.comment, self.message] * 3
        seldom = [self.edit, self.hide, self.delete_comment, self.take_back]
        return [*often, *seldom, self.message_from_the_inbox, self.own_comment]

    def _editable(self):
        return []

    @abstractmethod
    def _written_below(self, above, text, name):
        """A comment of the person of this name, below a post or a comment."""

    def _keep_message(self, message, name):
        self.messages.append(message)
        self.threads[message.id] = self.meta.scoped(name, self.account)

    def _do_as_its_author(self, deed, thing, **more):
        author = getattr(thing, "author_id", None) or self.meta.store.conversations[thing.conversation_id].person_id
        self.meta.do(deed, target=thing.id, person=self.meta.store.people[author].name, account=self.account, **more)

    def _hidden(self, things):
        if not self._hidden_too:
            self._gone(things)
            self.late.update(each.id for each in things)

    def _gone(self, things):
        things = list(things)
        self.may_miss.update({each.id for each in things} - self._came)

    def _somebody(self):
        return f"Person {self.chance.randrange(PEOPLE)}"

    def _pass(self, seconds):
        self.meta.store.clock.advance(seconds)

    @staticmethod
    def _there(things):
        return [each for each in things if not each.deleted]
