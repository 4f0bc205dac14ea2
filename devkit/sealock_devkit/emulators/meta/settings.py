# SPDX-License-Identifier: Apache-2.0
"""The app as its developer set it up, and how strict the platform is."""

from __future__ import annotations

from dataclasses import dataclass, field

FACEBOOK_SCOPES = frozenset(
    {
        "ads_management",
        "ads_read",
        "business_management",
        "email",
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_manage_posts",
        "pages_messaging",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_show_list",
        "public_profile",
    }
)
INSTAGRAM_SCOPES = frozenset(
    {
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    }
)


@dataclass(slots=True)
class Settings:
    """What `/dev/settings` shows and changes while the emulator runs."""

    require_proof: bool = False
    """The app's "require app secret" switch: every call needs `appsecret_proof`."""
    human_agent: bool = True
    """The app has the Human Agent feature."""
    advanced_access: bool = True
    """Without it only people with a role on the app sign in, and only their deeds are told by webhooks."""
    loopback_redirects: bool = True
    """The app is in development: any `redirect_uri` on this machine is taken. Others must be registered exactly."""
    redirect_uris: list[str] = field(default_factory=list)
    """The registered ones."""
    configurations: dict[str, list[str]] = field(default_factory=lambda: {"600100200300": sorted(FACEBOOK_SCOPES)})
    """Facebook Login for Business: the scopes that a `config_id` stands for."""
    oldest_version: str = "v22.0"
    """What calls without a version get."""
    sunset: str = "refused"
    """What becomes of calls to versions that are gone: `refused` or `forwarded` to the oldest there is."""
    short_token_seconds: int = 5_108
    long_token_seconds: int = 5_183_944
    refresh_after_seconds: int = 86_400
    """How old an Instagram token must be before it can be refreshed."""
    cursor_seconds: int = 3_600
    cdn_seconds: int = 3_600
    app_calls_per_hour: int = 200_000
    """By all app and user tokens: Meta says 200 for each of the app's users."""
    page_calls_per_day: int = 480_000
    """By a Page's tokens: Meta says 4,800 for each engaged person."""
    messenger_calls_per_day: int = 200_000
    instagram_calls_per_day: int = 480_000
    counted_hours: int = 24
    """Over how long these three are counted. Meta says a day where it grants them, an hour where it explains them."""
    conversation_calls_per_second: float = 2
    """Counted over ten seconds; 0: any number."""
    sends_per_second: float = 300
    media_sends_per_second: float = 10
    private_replies_per_hour: int = 750
    throttled_minutes: int = 5
    """How long a call has to wait once a limit is reached; each call meanwhile adds a minute."""
    instagram_comment_shape: str = "changes"
    """How webhooks tell Instagram comments: `changes`, `flat` or `alternating`."""
    instagram_code_answer: str = "data"
    """How codes of Instagram Login are answered: `data` as documented, or `flat`."""
    page_inbox_app_id: str = "263902037430900"
    """The `app_id` in echoes of what people wrote in the Page's inbox."""
