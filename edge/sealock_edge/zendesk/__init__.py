# SPDX-License-Identifier: Apache-2.0
"""Zendesk's Channel protocol as plain values: forms in, answers out. Knows neither HTTP servers nor gRPC."""

from sealock_edge.zendesk.channelbacks import channelback_answer
from sealock_edge.zendesk.errors import BadForm, BadSetting, FaultyAnswer
from sealock_edge.zendesk.events import BadEvent, Event, read_events
from sealock_edge.zendesk.files import FileLink
from sealock_edge.zendesk.manifests import ManifestUrls, manifest
from sealock_edge.zendesk.outcomes import Mended, Reason, SetAside
from sealock_edge.zendesk.pages import PullAnswer, pull_answer
from sealock_edge.zendesk.requests import AdminForm, ChannelbackForm, FileForm, PullForm
from sealock_edge.zendesk.resources import Answered, Terms, answer_resource
from sealock_edge.zendesk.zendesk_hosts import ZendeskHosts

__all__ = [
    "AdminForm",
    "Answered",
    "BadEvent",
    "BadForm",
    "BadSetting",
    "ChannelbackForm",
    "Event",
    "FaultyAnswer",
    "FileForm",
    "FileLink",
    "ManifestUrls",
    "Mended",
    "PullAnswer",
    "PullForm",
    "Reason",
    "SetAside",
    "Terms",
    "ZendeskHosts",
    "answer_resource",
    "channelback_answer",
    "manifest",
    "pull_answer",
    "read_events",
]
