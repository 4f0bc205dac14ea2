# SPDX-License-Identifier: Apache-2.0
"""What plug-ins do about who may use the REST API, and where it is."""

from __future__ import annotations

from sealock_connector import AccountRevoked, Cause
from tests.origins.wordpress.sites.case import Case, Fails, Says, down

CLOSED_TO_VISITORS = """
add_filter('rest_authentication_errors', fn ($result) => $result === null || $result === true
    ? (is_user_logged_in() ? $result : new WP_Error('%s', 'Only for people who signed in.', ['status' => %d]))
    : $result, 200);
"""
LOG_IN_FIRST = """
add_action('template_redirect', function () {
    is_user_logged_in() || wp_redirect(wp_login_url()) && exit;
});
"""


def without_routes(*routes: str) -> str:
    """PHP that takes routes out of the REST API, with all that begins with them."""
    begins = " || ".join(f"str_starts_with($route, '{route}')" for route in routes)
    return f"add_filter('rest_endpoints', fn ($all) => array_filter($all, fn ($route) => !({begins}), 2));"


CASES = [
    Case("nothing is odd"),
    Case("permalinks are plain", permalinks="plain"),
    Case(
        "All-In-One Security closes the REST API before it looks who is calling",
        php="""
add_action('rest_api_init', function () {
    wp_die('You are not authorized to perform this action.', '', ['response' => 403]);
});
""",
        form=Says("site", ""),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "WP Cerber hides who the users are",
        php=without_routes("/wp/v2/users"),
        lasting=True,
    ),
    Case(
        "Stop User Enumeration refuses the users",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) =>
    str_starts_with($request->get_route(), '/wp/v2/users')
    ? new WP_Error('rest_cannot_access', 'Only authenticated users can access the User endpoint.', ['status' => 401])
    : $result, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "Wordfence switches application passwords off",
        php="add_filter('wp_is_application_passwords_available', '__return_false');",
        form=Says("site", "takes no application passwords"),
        pull=Fails(AccountRevoked, words="application password"),
        reply=Fails(AccountRevoked, words="application password"),
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
        "permalinks begin with index.php",
        php="""
add_filter('option_permalink_structure', fn () => '/index.php/%postname%/');
add_filter('option_rewrite_rules', fn ($rules) => [
    '^index.php/wp-json/?$' => 'index.php?rest_route=/',
    '^index.php/wp-json/(.*)?' => 'index.php?rest_route=/$matches[1]',
]);
""",
        lasting=True,
    ),
    Case(
        "the web server knows no pretty addresses, though WordPress makes them",
        php="add_filter('option_rewrite_rules', fn ($rules) => ['^no-such-page$' => 'index.php?p=1']);",
        lasting=True,
    ),
    Case(
        "Polylang leads visitors to their language",
        php="""
add_filter('home_url', fn ($url, $path) => str_contains($path, 'wp-json') ? $url : $url, 10, 2);
add_action('template_redirect', function () {
    $_SERVER['REQUEST_URI'] === '/' && wp_redirect('/en/', 302) && exit;
});
""",
        lasting=True,
    ),
]
