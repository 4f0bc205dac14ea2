# SPDX-License-Identifier: Apache-2.0
"""What is there instead of an origin: a suspended or failing site, maintenance, a sign-in, a parked domain."""

from __future__ import annotations

from typing import Final

from sealock_connector._answers.marks import mark
from sealock_connector.errors import Cause

SUSPENSIONS: Final = (
    mark(
        "a suspended site",
        Cause.SUSPENDED,
        words="/cgi-sys/suspendedpage.cgi ~ account has been suspended ~ account suspended ~ "
        "website suspended ~ site has been suspended ~ website has been suspended ~ "
        "this site is currently suspended ~ site has been archived or suspended ~ "
        "this site is no longer available ~ site has not been activated yet ~ "
        "domain has been suspended ~ bandwidth limit exceeded ~ "
        "hosting account has expired ~ this site has been disabled ~ "
        "website is no longer available ~ sitio ha sido suspendido ~ cuenta suspendida ~ "
        "conta suspensa ~ site suspendu ~ сайт заблокирован",
        titles="suspended ~ suspendu ~ suspendid ~ gesperrt",
    ),
)

FAILURES: Final = (
    mark(
        "a database that cannot be reached",
        Cause.ORIGIN_FAILED,
        words="error establishing a database connection ~ database connection error ~ "
        "fehler beim aufbau einer datenbankverbindung ~ "
        "erreur lors de la connexion à la base de données ~ "
        "error al establecer una conexión con la base de datos ~ "
        "erro ao estabelecer uma conexão com o banco de dados ~ データベース接続確立エラー ~ 建立数据库连接时出错 ~ "
        "errore nello stabilire una connessione al database ~ "
        "ошибка установки соединения с базой данных ~ "  # noqa: RUF001
        "błąd nawiązywania połączenia z bazą danych ~ can't connect to local mysql server ~ "
        "too many connections",
    ),
    mark(
        "an error of the site's program",
        Cause.ORIGIN_FAILED,
        words="<b>fatal error</b> ~ fatal error: ~ <b>parse error</b> ~ parse error: ~ "
        "uncaught error: ~ there has been a critical error on ~ allowed memory size of ~ "
        "maximum execution time of ~ kritischen fehler auf deiner website ~ "
        "erreur critique sur ~ error crítico en ~ erro crítico n ~ 重大なエラーが発生しました ~ 遇到了致命错误 ~ "
        "errore critico su ~ критическая ошибка ~ internal_server_error",
        when_much=True,
    ),
)

MAINTENANCE: Final = (
    mark(
        "maintenance",
        Cause.MAINTENANCE,
        words="briefly unavailable for scheduled maintenance ~ down for maintenance ~ "
        "scheduled maintenance ~ undergoing maintenance ~ wp-maintenance-mode ~ wpmm- ~ "
        "seedprod ~ cmp-coming-soon ~ wartungsmodus ~ wegen wartungsarbeiten ~ "
        "planmäßiger wartung ~ en mantenimiento ~ "
        "indisponible brièvement pour une maintenance ~ em manutenção ~ in manutenzione ~ "
        "メンテナンス中 ~ 技术维护 ~ на техническом обслуживании ~ onderhoudsmodus",
        titles="maintenance ~ coming soon ~ under construction ~ wartung ~ mantenimiento ~ "
        "manutenção ~ manutenzione ~ メンテナンス ~ 维护 ~ обслуживани ~ onderhoud ~ be right back ~ "
        "launching soon ~ próximamente ~ em breve ~ przerwa techniczna ~ baustelle ~ "
        "en construction",
    ),
    mark("maintenance", Cause.MAINTENANCE, headers="retry-after:", statuses={503}),
)

PASSWORDS: Final = (
    mark(
        "a web server's password",
        Cause.HOST_PASSWORD,
        headers="www-authenticate: basic ~ www-authenticate: digest ~ www-authenticate: ntlm ~ "
        "www-authenticate: negotiate",
        statuses={401, 403},
    ),
    mark("a proxy's password", Cause.HOST_PASSWORD, headers="proxy-authenticate:", statuses={407}),
)

SIGN_INS: Final = (
    mark(
        "a sign-in page",
        Cause.HOST_PASSWORD,
        words='password_protected_pwd ~ id="loginform" ~ name="wp-submit" ~ id="password-protected" ~ '
        "this site is marked private by its owner",
        titles="private site ~ password protected ~ protected site ~ log in ~ login ~ sign in ~ "
        "anmelden ~ authentication required ~ 401 authorization required ~ passwort ~ "
        "se connecter ~ iniciar sesión ~ acceder",
    ),
)

PLACES: Final = (
    mark(
        "a port of TLS that was spoken to without",
        Cause.CERTIFICATE,
        words="plain http request was sent to https port ~ speaking plain http to an ssl-enabled server port ~ "
        "client sent an http request to an https server",
        statuses={400, 497},
    ),
    mark(
        "a parked domain",
        Cause.NOT_ITS_API,
        words="domain is for sale ~ domain may be for sale ~ domain name is for sale ~ "
        "this domain is parked ~ parked free, courtesy of ~ buy this domain ~ sedoparking ~ "
        "parkingcrew ~ bodis.com ~ hugedomains.com ~ domain has expired ~ "
        'this domain name has expired ~ window.location.href="/lander" ~ domain parking ~ '
        "domain is registered at ~ parklogic ~ afternic.com",
    ),
    mark(
        "a web server's own page",
        Cause.NOT_ITS_API,
        words="welcome to nginx! ~ apache2 ubuntu default page ~ apache2 debian default page ~ "
        "defaultwebpage.cgi ~ plesk default page ~ test page for the apache",
        titles="index of / ~ iis windows server ~ default page ~ welcome to nginx ~ 404 not found",
    ),
)

TARGETS: Final = (
    mark(
        "a sign-in page",
        Cause.HOST_PASSWORD,
        words=".cloudflareaccess.com/ ~ //login.microsoftonline.com/ ~ //accounts.google.com/ ~ .okta.com/ ~ "
        ".auth0.com/ ~ password-protected=login ~ /wp-login.php ~ /login? ~ /signin? ~ /sso/",
    ),
    mark("a suspended site", Cause.SUSPENDED, words="/suspendedpage.cgi ~ /suspended"),
    mark("maintenance", Cause.MAINTENANCE, words="/maintenance ~ /coming-soon ~ /wartung"),
    mark("a check for robots", Cause.CHALLENGE, words="captcha ~ /cdn-cgi/challenge ~ /.well-known/sgcaptcha"),
    mark("a firewall", Cause.FIREWALL, words="/block.html ~ /blocked ~ /access-denied"),
    mark("a web server's own page", Cause.NOT_ITS_API, words="/defaultwebpage.cgi ~ /404"),
)
"""By where a redirect leads."""

PAGES: Final = (*SUSPENSIONS, *FAILURES, *MAINTENANCE, *SIGN_INS, *PLACES)
