# SPDX-License-Identifier: Apache-2.0
"""Origins outside of the cluster that pods reach: a guestbook, and Facebook with the pages of its emulator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealock_devkit.emulators.guestbook.demo import DemoGuestbook
from sealock_devkit.emulators.meta.demo import DemoFacebook, MetaEmulator
from sealock_devkit.stack.process import free_port
from tests.cluster.way_in import WayIn


class Guestbook(DemoGuestbook):
    """A guestbook at this machine's address."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._address = f"{host}:{free_port()}"


class Emulator(MetaEmulator):
    """The emulator of Facebook and Instagram at this machine's address."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.listens = host, free_port()
        self._address = "{}:{}".format(*self.listens)


class Facebook(DemoFacebook):
    """
    A Facebook Page; its app is that of the connectors in the cluster, Instagram's too.

    People sign in at an address of loopback, because edges send nobody to any other place over plain http.
    """

    def __init__(self, host: str) -> None:
        super().__init__()
        self._emulator = Emulator(host)
        self._sign_in = WayIn(free_port())

    async def start(self, folder: Path) -> None:
        """Start the emulator, and what leads to it from loopback."""
        await super().start(folder)
        await self._sign_in.open(*self._emulator.listens)

    async def stop(self) -> None:
        """Stop both."""
        await self._sign_in.close()
        await super().stop()

    @property
    def places(self) -> Sequence[str]:
        """A connector's options for where Facebook is; the app itself comes from a Secret."""
        return (
            f"--graph-url={self._emulator.host('graph.facebook.com')}",
            f"--dialog-url={self._sign_in.url}/www.facebook.com",
            "--clickthrough-host=127.0.0.1",
        )

    def write_app(self, folder: Path) -> None:
        """Write the files of the Secrets `facebook-app` and `instagram-app` into folders of these names."""
        emulator = self._emulator
        facebook = {"app-id": emulator.app_id, "app-secret": emulator.secret_file.read_text()}
        instagram = {
            **facebook,
            "instagram-app-id": emulator.instagram_app_id,
            "instagram-app-secret": emulator.instagram_secret_file.read_text(),
        }
        for name, files in (("facebook-app", facebook), ("instagram-app", instagram)):
            (folder / name).mkdir()
            for file, content in files.items():
                (folder / name / file).write_text(content)
