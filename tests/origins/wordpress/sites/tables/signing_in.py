# SPDX-License-Identifier: Apache-2.0
"""What security plug-ins and networks do about who signs in, and how they say so."""

from __future__ import annotations

from sealock_connector import AccountRevoked, Cause, OriginThrottled
from tests.origins.wordpress.sites.case import Case, Fails, Says, down
from tests.origins.wordpress.sites.host import Answer, answers, page, posts, rest, strips


def lets_nobody_in(code: str, words: str, status: int = 401, data: str = "") -> str:
    """PHP that answers every call of the REST API with a refusal."""
    more = f", {data}" if data else ""
    return f"""
add_filter('rest_authentication_errors', fn () => new WP_Error('{code}', '{words}', ['status' => {status}{more}]), 99);
"""


def refuses_password(code: str, words: str) -> str:
    """PHP that refuses a right application password, and lets WordPress say why, as it did until 2023."""
    return f"""
add_action('wp_authenticate_application_password_errors', fn ($error) => $error->add('{code}', '{words}'));
add_filter('rest_authentication_errors', function ($result) {{
    is_user_logged_in();
    return $result;
}}, 1);
"""


def in_words_of(template: str, code: str) -> str:
    """PHP by which the sign-in ends the whole call with a page."""
    return f"add_action('rest_api_init', fn () => wp_die('{template}', '', ['response' => {code}]));"


CASES = [
    Case(
        "WP 2FA wants a second factor, and says so",
        php=refuses_password("two_factor_required", "Error: API login for this user is disabled."),
        form=Says("user", "second factor"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
    ),
    Case(
        "miniOrange wants a one-time code",
        php=lets_nobody_in("mo2f_otp_required", "Enter the OTP that was sent to you."),
        form=Says("user", "second factor"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
    ),
    Case(
        "Wordfence Login Security has another word for the second factor",
        php=lets_nobody_in(
            "wfls_twofactor_required", "<strong>CODE REQUIRED</strong>: Please provide your 2FA code.", 403
        ),
        form=Says("user", "second factor"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "second factor"),
    ),
    Case(
        "Password Policy Manager wants a new password of the user",
        php=lets_nobody_in("password_expired", "Your password has expired. Choose a new one.", 403),
        form=Says("site", "Your password has expired"),
        pull=down(Cause.FIREWALL, "Your password has expired"),
        reply=down(Cause.FIREWALL, "Your password has expired"),
    ),
    Case(
        "Solid Security lets nobody in for fifteen minutes",
        php=lets_nobody_in("itsec_lockout", "You have been locked out due to too many invalid login attempts.", 403),
        form=Says("site", "locked out"),
        pull=Fails(OriginThrottled, words="locked out"),
        reply=Fails(OriginThrottled, words="locked out"),
    ),
    Case(
        "Loginizer ends the call with a page",
        php=in_words_of("You have exceeded maximum login retries. Please try after 15 minutes", "403"),
        form=Says("site", "exceeded maximum login retries"),
        pull=Fails(OriginThrottled, words="15 minutes"),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "Limit Login Attempts Reloaded answers 429 in JSON",
        php=lets_nobody_in("too_many_retries", "Too many failed login attempts. Try again in 19 minutes.", 429),
        form=Says("site", "slow down"),
        pull=Fails(OriginThrottled),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "Login LockDown answers 503 in JSON",
        php=lets_nobody_in("login_lockdown", "Your address is locked for an hour.", 503),
        form=Says("site", "slow down"),
        pull=Fails(OriginThrottled, words="locked for an hour"),
        reply=Fails(OriginThrottled),
    ),
    Case(
        "WP Cerber has blocked the address and answers with a page of 403",
        host=answers(
            page("Access Forbidden", "We're sorry, you are not allowed to proceed. Your IP has been locked out.", 403)
        ),
        form=Says("site", "firewall"),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "Jetpack Protect has flagged the address",
        host=answers(
            page(
                "Jetpack has locked your site's login page",
                "Your IP (203.0.113.9) has been flagged for potential security violations.",
                403,
            )
        ),
        form=Says("site", "firewall"),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "BBQ Firewall answers 403 with nothing",
        host=answers(Answer(b"", 403, {"content-type": "text/html"}), rest),
        form=Says("site", "firewall"),
        pull=down(Cause.FIREWALL),
        reply=down(Cause.FIREWALL),
    ),
    Case(
        "a JWT plug-in takes the header, and says that there is no Bearer in it",
        php=lets_nobody_in("jwt_auth_no_auth_header", "Authorization header not found.", 401),
        form=Says("site", "takes the Authorization header"),
        pull=down(Cause.FIREWALL, "leave the addresses below /wp/v2/"),
        reply=down(Cause.FIREWALL, "leave the addresses below /wp/v2/"),
    ),
    Case(
        "Simple JWT Login answers in a shape of its own",
        host=answers(
            Answer({"success": False, "data": {"message": "Wrong number of segments", "errorCode": 16}}, 400), rest
        ),
        form=Says("site", "Wrong number of segments"),
        pull=down(Cause.FIREWALL, "Wrong number of segments"),
        reply=down(Cause.FIREWALL, "Wrong number of segments"),
    ),
    Case(
        "an old Basic Auth plug-in takes the header for the sign-in password",
        php="""
add_filter('determine_current_user', fn ($user) => null, 99);
add_filter('rest_authentication_errors', fn () =>
    new WP_Error('incorrect_password', 'The password you entered for the username agent is incorrect.'), 1);
""",
        form=Says("password", "Authorization header"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED),
    ),
    Case(
        "LiteSpeed passes the password on to pretty addresses only",
        host=strips("authorization"),
        permalinks="plain",
        form=Says("password", "Authorization header"),
        pull=down(Cause.CREDENTIALS_DROPPED),
        reply=down(Cause.CREDENTIALS_DROPPED),
    ),
    Case(
        "the password arrives under the name that a redirect gives it",
        php="""
if (isset($_SERVER['HTTP_X_KEPT'])) {
    $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] = $_SERVER['HTTP_X_KEPT'];
}
""",
        lasting=True,
    ),
    Case(
        "application passwords are for https only",
        php="add_filter('wp_is_application_passwords_available', fn () => is_ssl());",
        form=Says("site", "https"),
        pull=Fails(AccountRevoked, words="application password"),
        reply=Fails(AccountRevoked, words="application password"),
    ),
    Case(
        "application passwords are for a list of addresses only",
        php=refuses_password("ip_not_allowed", "This address may not use application passwords."),
        form=Says("password", "This address may not use application passwords."),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "This address may not"),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "This address may not"),
    ),
    Case(
        "the user was deleted, or has another name",
        php="""
add_filter('authenticate', fn () => null);
add_filter('rest_authentication_errors', fn () => new WP_Error('invalid_username', 'Unknown username.',
    ['status' => 401]), 91);
""",
        form=Says("password", "user name"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED),
    ),
    Case(
        "a spam filter of users has closed the account",
        php=refuses_password("spammer_account", "Your account has been marked as a spammer."),
        form=Says("password", "marked as a spammer"),
        pull=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "marked as a spammer"),
        reply=Fails(AccountRevoked, Cause.CREDENTIALS_REFUSED, "marked as a spammer"),
    ),
    Case(
        "an author became a contributor, who may not edit others' comments",
        php="""
add_filter('user_has_cap', fn ($all) => array_merge($all, array_fill_keys(
    ['moderate_comments', 'edit_others_posts', 'edit_published_posts', 'publish_posts', 'upload_files'], false)));
""",
        form=Says("user", "may not moderate"),
        pull=Fails(AccountRevoked, Cause.RIGHT_MISSING),
        reply=Fails(AccountRevoked, Cause.RIGHT_MISSING),
    ),
    Case(
        "a moderator may not edit posts",
        php="""
add_filter('user_has_cap', fn ($all) => array_merge($all, array_fill_keys(
    ['edit_posts', 'edit_others_posts', 'edit_published_posts', 'edit_private_posts'], false)));
""",
        form=Says("user", "parameter not permitted"),
        pull=down(Cause.RIGHT_MISSING),
    ),
    Case(
        "a membership plug-in closes the REST API to all but some roles",
        php="""
add_filter('rest_authentication_errors', fn ($result) => current_user_can('manage_options') ? $result
    : new WP_Error('rest_forbidden', 'Members only.', ['status' => 403]), 200);
""",
        form=Says("site", "Members only"),
        pull=down(Cause.FIREWALL, "Members only"),
        reply=down(Cause.FIREWALL, "Members only"),
    ),
    Case(
        "a network does not know the user at this site",
        php=lets_nobody_in("rest_user_not_member_of_blog", "You are not a member of this site.", 403),
        form=Says("site", "You are not a member of this site"),
        pull=down(Cause.FIREWALL, "not a member of this site"),
        reply=down(Cause.FIREWALL, "not a member of this site"),
    ),
    Case(
        "WordPress.com hides a private site",
        php=lets_nobody_in("private_site", "This site is private.", 403),
        form=Says("site", "This site is private"),
        pull=down(Cause.FIREWALL, "This site is private"),
        reply=down(Cause.FIREWALL, "This site is private"),
    ),
    Case(
        "Password Protected asks visitors for the site's password",
        php="""
add_filter('rest_authentication_errors', fn ($result) => is_user_logged_in() ? $result
    : new WP_Error('rest_cannot_access', 'Only authenticated users can access the REST API.', ['status' => 401]), 200);
add_action('template_redirect', function () {
    wp_redirect(home_url('/?password-protected=login&redirect_to=%2F'), 302) && exit;
});
""",
        lasting=True,
    ),
    Case(
        "WPS Hide Login shows visitors a page that is not found",
        php="add_action('template_redirect', function () { is_user_logged_in() || wp_die('Not found', '', 404); });",
        lasting=True,
    ),
    Case(
        "a plug-in shows nothing in the REST API's index",
        php="""
add_filter('rest_index', function ($response) {
    $response->data = [];
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "a plug-in lets nobody read the REST API's index",
        php="""
add_filter('rest_pre_dispatch', fn ($result, $server, $request) => $request->get_route() === '/'
    ? new WP_Error('rest_no_route', 'No route was found.', ['status' => 404]) : $result, 10, 3);
""",
        lasting=True,
    ),
    Case(
        "thirty plug-ins make the REST API's index three mebibytes",
        php="""
add_filter('rest_index', function ($response) {
    $response->data['routes']['/more'] = str_repeat('x', 3 << 20);
    return $response;
});
""",
        lasting=True,
    ),
    Case(
        "Cloudflare Access leads calls that write to its sign-in",
        host=answers(
            Answer("", 302, {"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/example.test"}), posts
        ),
        form=Says("site", "password of its own"),
        reply=down(Cause.HOST_PASSWORD),
    ),
    Case(
        "the web server's limit of calls is 503",
        host=answers(page("503 Service Temporarily Unavailable", "nginx", 503), posts),
        form=Says("site", "reports an error"),
        reply=down(Cause.ORIGIN_FAILED),
    ),
]
