<?php
// SPDX-License-Identifier: Apache-2.0
// One copy of WordPress serves several sites: the environment says which one this is.
define('DB_NAME', getenv('SITE_DATABASE'));
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('SITE_DATABASE_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
$table_prefix = 'wp_';

// The site answers under the loopback address it was asked at, so that a proxy in front of it is the site, too.
$asked = $_SERVER['HTTP_HOST'] ?? '';
$home = preg_match('/\A(127\.0\.0\.1|localhost):\d{1,5}\z/', $asked) ? "http://$asked" : getenv('SITE_URL');
define('SITE_ASKED', $home);
if (getenv('SITE_NETWORK')) {
    // WordPress finds a network's site by its name; its links lead to where it was asked (behaviour.php).
    $_SERVER['HTTP_HOST'] = str_contains($asked, 'localhost') ? 'second.network.test' : 'network.test';
    define('MULTISITE', true);
    define('SUBDOMAIN_INSTALL', false);
    define('DOMAIN_CURRENT_SITE', 'network.test');
    define('PATH_CURRENT_SITE', '/');
    define('SITE_ID_CURRENT_SITE', 1);
    define('BLOG_ID_CURRENT_SITE', 1);
} else {
    define('WP_HOME', $home);
    define('WP_SITEURL', $home);
}

define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain HTTP
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('FS_METHOD', 'direct');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $use) {
    define($use . '_KEY', hash('sha256', "$use key " . getenv('SITE_SECRET')));
    define($use . '_SALT', hash('sha256', "$use salt " . getenv('SITE_SECRET')));
}
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
