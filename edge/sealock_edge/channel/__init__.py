# SPDX-License-Identifier: Apache-2.0
"""Zendesk's Channel protocol as plain values: forms in, answers out. Knows neither HTTP servers nor gRPC."""

from sealock_edge.channel.channelbacks import channelback_answer
from sealock_edge.channel.errors import BadForm, BadSetting, FaultyAnswer
from sealock_edge.channel.events import BadEvent, Event, read_events
from sealock_edge.channel.files import FileLink
from sealock_edge.channel.manifests import ManifestUrls, manifest
from sealock_edge.channel.outcomes import Mended, Reason, SetAside
from sealock_edge.channel.pages import PullAnswer, pull_answer
from sealock_edge.channel.requests import AdminForm, ChannelbackForm, FileForm, PullForm
from sealock_edge.channel.resources import Answered, Terms, answer_resource
from sealock_edge.channel.zendesk_hosts import ZendeskHosts

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
