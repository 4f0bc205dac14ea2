# SPDX-License-Identifier: Apache-2.0
"""What plug-ins and themes do: each case is a few lines of PHP that do the same as they."""

from __future__ import annotations

from sealock_connector import AccountRevoked, MessageRejected, OriginUnavailable
from tests.origins.wordpress.sites.case import Case, Fails, Says

CASES = [
    Case("nothing is odd"),
    Case("permalinks are plain", permalinks="plain"),
    Case(
        "a plug-in switches the REST API off for everybody",
        php="""
add_filter('rest_authentication_errors', fn () => new WP_Error('rest_disabled', 'Switched off.', ['status' => 403]));
""",
        form=Says("site", "refuses its REST API"),
        pull=Fails(OriginUnavailable),
        reply=Fails(OriginUnavailable),
    ),
    Case(
        "a plug-in switches application passwords off",
        php="add_filter('wp_is_application_passwords_available', '__return_false');",
        form=Says("site", "takes no application passwords"),
        pull=Fails(AccountRevoked, words="no longer accepts"),
        reply=Fails(AccountRevoked, words="no longer accepts"),
    ),
    Case(
        "the REST API has another prefix",
        php="""
add_filter('rest_url_prefix', fn () => 'api');
add_filter('option_rewrite_rules', fn ($rules) => [
    '^api/?$' => 'index.php?rest_route=/', '^api/(.*)?' => 'index.php?rest_route=/$matches[1]',
]);
""",
        lasting=True,
    ),
    Case(
        "a plug-in refuses replies in its own words",
        php="""
add_filter('rest_pre_insert_comment', fn () => new WP_Error('no', 'No answers on Sundays.', ['status' => 403]));
""",
        reply=Fails(MessageRejected, words="No answers on Sundays."),
    ),
    Case(
        "output buffering appends a comment to every answer of HTML",
        php="add_action('template_redirect', fn () => ob_start(fn ($page) => $page . '<!-- cached -->'));",
    ),
]
