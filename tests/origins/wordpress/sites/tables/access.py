# SPDX-License-Identifier: Apache-2.0
"""What plug-ins do about who may use the REST API, and where it is."""

from __future__ import annotations

from sealock_connector import AccountRevoked, Cause, MessageRejected, OriginThrottled
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


IN_INDEX = """
add_filter('rest_index', function ($response) {
    $response->data['%s'] = %s;
    return $response;
});
"""

CASES = [
    Case("nothing is odd"),
    Case("permalinks are plain", permalinks="plain"),
    Case(
        "Disable WP REST API lets nobody in who has not signed in",
        php=CLOSED_TO_VISITORS % ("rest_login_required", 401)
        + "remove_action('template_redirect', 'rest_output_link_header', 11);\n"
        + "remove_action('wp_head', 'rest_output_link_wp_head');",
        lasting=True,
    ),
    Case(
        "Disable REST API lets nobody in who has not signed in",
        php=CLOSED_TO_VISITORS % ("rest_cannot_access", 403),
        permalinks="plain",
        lasting=True,
    ),
    Case(
        "Force Login leads visitors to the sign-in page, and closes the REST API to them",
        php=CLOSED_TO_VISITORS % ("rest_cannot_access", 401) + LOG_IN_FIRST,
        lasting=True,
    ),
    Case(
        "All-In-One Security closes the REST API before it looks who is calling",
        php="""
add_action('rest_api_init', function () {
    wp_die('You are not authorized to perform this action.', '', ['response' => 403]);
});
""",
        form=Says("site", "You are not authorized to perform this action."),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "a plug-in switches the REST API off for everybody",
        php="""
add_filter('rest_authentication_errors', fn () => new WP_Error('rest_disabled', 'Switched off.', ['status' => 403]));
""",
        form=Says("site", "refuses its REST API"),
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
        "Disable Comments takes comments out of the REST API",
        php=without_routes("/wp/v2/comments"),
        form=Says("site", "comments"),
        pull=down(Cause.ROUTE_MISSING),
        reply=down(Cause.ROUTE_MISSING),
    ),
    Case(
        "comments may be read by administrators only",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) =>
    str_starts_with($request->get_route(), '/wp/v2/comments') && !current_user_can('manage_options')
    ? new WP_Error('rest_forbidden', 'Sorry, you are not allowed to do that.', ['status' => 403]) : $result, 10, 3);
""",
        form=Says("user", "not allowed"),
        pull=down(Cause.RIGHT_MISSING),
        reply=Fails(MessageRejected, Cause.RIGHT_MISSING),
    ),
    Case(
        "comments may be written by administrators only",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) =>
    $request->get_route() === '/wp/v2/comments' && $request->get_method() === 'POST'
    ? new WP_Error('rest_forbidden', 'Sorry, you are not allowed to do that.', ['status' => 403]) : $result, 10, 3);
""",
        form=Says("user", "not allowed"),
        reply=Fails(MessageRejected, Cause.RIGHT_MISSING, "not allowed"),
    ),
    Case(
        "a role editor took the right to moderate away",
        php="add_filter('user_has_cap', fn ($all) => ['moderate_comments' => false] + $all);",
        form=Says("user", "may not moderate"),
        pull=Fails(AccountRevoked, Cause.RIGHT_MISSING),
        reply=Fails(AccountRevoked, Cause.RIGHT_MISSING),
    ),
    Case(
        "Wordfence switches application passwords off",
        php="add_filter('wp_is_application_passwords_available', '__return_false');",
        form=Says("site", "takes no application passwords"),
        pull=Fails(AccountRevoked, words="application password"),
        reply=Fails(AccountRevoked, words="application password"),
    ),
    Case(
        "application passwords are for administrators only",
        php="""
add_filter('wp_is_application_passwords_available_for_user', fn ($may, $user) =>
    user_can($user, 'manage_options'), 10, 2);
""",
        form=Says("password", "does not accept this user name"),
        pull=Fails(AccountRevoked, words="application password"),
        reply=Fails(AccountRevoked, words="application password"),
    ),
    Case(
        "Two-Factor wants a second factor for the REST API, too",
        php="""
add_action('wp_authenticate_application_password_errors', fn ($error) =>
    $error->add('two_factor_required', 'API login for this user is disabled.'));
""",
        form=Says("password", "second factor"),
        pull=Fails(AccountRevoked, words="application password"),
        reply=Fails(AccountRevoked, words="application password"),
    ),
    Case(
        "Limit Login Attempts has locked the address out for a while",
        php="""
add_filter('authenticate', fn () => null, 1);
add_filter('rest_authentication_errors', fn () => new WP_Error(
    'too_many_retries', 'Too many failed login attempts. Please try again in 20 minutes.', ['status' => 401]), 99);
""",
        form=Says("site", "20 minutes"),
        pull=Fails(OriginThrottled),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "JWT Authentication takes every Authorization header for its own",
        php="""
add_filter('rest_pre_dispatch', fn () => new WP_Error(
    'jwt_auth_bad_auth_header', 'Authorization header malformed.', ['status' => 403]));
""",
        form=Says("site", "Authorization header malformed"),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "miniOrange answers instead of WordPress, in a shape of its own",
        php="""
add_filter('rest_pre_dispatch', function () {
    wp_send_json(['status' => 'error', 'error' => 'UNAUTHORIZED', 'error_description' => 'Sorry, not allowed.'], 401);
});
""",
        form=Says("site", "Sorry, not allowed."),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
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
    Case(
        "a plug-in takes a part out of the REST API's index",
        php="""
add_filter('rest_index', function ($response) {
    $response->data['namespaces'] = array_filter($response->data['namespaces'], fn ($name) => $name !== 'oembed/1.0');
    return $response;
});
""",
        lasting=True,
    ),
    *(
        Case(f"the site's index says of its {name} {what}", php=IN_INDEX % (name, value), lasting=True)
        for name, what, value in (
            ("name", "nothing", "null"),
            ("name", "a list", "['a']"),
            ("name", "much", "str_repeat('The lock ', 9000)"),
            ("home", "nothing", "null"),
            ("home", "another host", "'https://other.example.test'"),
            ("home", "a path", "'/blog'"),
            ("home", "no address", "'http://['"),
        )
    ),
    *(
        Case(
            f"a plug-in hides the {name} of users",
            php=f"add_filter('rest_prepare_user', function ($response) {{"
            f" unset($response->data['{name}']); return $response; }}, 99);",
            lasting=True,
        )
        for name in ("id", "name", "capabilities")
    ),
    Case(
        "a plug-in says what users may in a list",
        php="add_filter('rest_prepare_user', function ($response) {"
        " $response->data['capabilities'] = array_keys((array) ($response->data['capabilities'] ?? []));"
        " return $response; }, 99);",
        lasting=True,
    ),
    Case(
        "a plug-in wants a nonce for whatever is written",
        php="add_filter('rest_authentication_errors', fn ($result) => $_SERVER['REQUEST_METHOD'] === 'POST'"
        " ? new WP_Error('rest_cookie_invalid_nonce', 'Cookie check failed', ['status' => 403]) : $result, 200);",
        form=Says("user", "Cookie check failed"),
        reply=Fails(MessageRejected, Cause.RIGHT_MISSING, "Cookie check failed"),
    ),
]
