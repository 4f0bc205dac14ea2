<?php
// SPDX-License-Identifier: Apache-2.0
// What site owners do with plugins, as options that a test can set.

// The sites of a network are at loopback, too.
if (is_multisite()) {
    $_SERVER['HTTP_HOST'] = substr(SITE_ASKED, strlen('http://'));
    $here = fn ($address) => preg_replace('#\Ahttps?://(second\.)?network\.test#', SITE_ASKED, $address);
    foreach (['option_home', 'option_siteurl', 'network_home_url', 'network_site_url', 'content_url'] as $filter) {
        add_filter($filter, $here);
    }
}

// A guest may comment only every 15 seconds, by address, and all tests come from one.
if (!get_option('sealock_flood_protection')) {
    remove_action('check_comment_flood', 'check_comment_flood_db');
}
// Stricter plugins refuse moderators, too.
if (get_option('sealock_flood_for_all')) {
    add_filter('wp_is_comment_flood', '__return_true', 99);
}
// "Disable REST API" plugins.
add_filter('rest_authentication_errors', function ($result) {
    $status = (int) get_option('sealock_rest_refused');
    return $status ? new WP_Error('rest_disabled', 'The REST API is switched off.', ['status' => $status]) : $result;
});
// A slow host.
add_action('rest_api_init', function () {
    usleep(1000 * (int) get_option('sealock_slow_milliseconds'));
});
