# SPDX-License-Identifier: Apache-2.0
"""What Zendesk does: installs, adds accounts, pulls, makes tickets, sends replies and events, schedules it all."""
