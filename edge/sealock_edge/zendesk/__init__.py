# SPDX-License-Identifier: Apache-2.0
"""Zendesk's Channel protocol as plain values: forms in, answers out. Knows neither HTTP servers nor gRPC."""

from sealock_edge.zendesk.answers import PullAnswer, Sealed, channelback_answer, pull_answer, quick_pull_answer
from sealock_edge.zendesk.errors import BadForm, BadSetting, FaultyAnswer, OtherZendesk, ZendeskNotNamed
from sealock_edge.zendesk.events import BadEvent, Event, Events, read_events
from sealock_edge.zendesk.files import FileLinkMaker
from sealock_edge.zendesk.hosts import ANY, ZendeskHosts, origin_of
from sealock_edge.zendesk.manifest import ManifestUrls, manifest
from sealock_edge.zendesk.requests import AdminForm, ChannelbackForm, FileForm, PullForm
from sealock_edge.zendesk.resources import Answered, Mended, ResourceLinks, SetAside, SetAsideReason, answer_resource

__all__ = [
    "ANY",
    "AdminForm",
    "Answered",
    "BadEvent",
    "BadForm",
    "BadSetting",
    "ChannelbackForm",
    "Event",
    "Events",
    "FaultyAnswer",
    "FileForm",
    "FileLinkMaker",
    "ManifestUrls",
    "Mended",
    "OtherZendesk",
    "PullAnswer",
    "PullForm",
    "ResourceLinks",
    "Sealed",
    "SetAside",
    "SetAsideReason",
    "ZendeskHosts",
    "ZendeskNotNamed",
    "answer_resource",
    "channelback_answer",
    "manifest",
    "origin_of",
    "pull_answer",
    "quick_pull_answer",
    "read_events",
]
