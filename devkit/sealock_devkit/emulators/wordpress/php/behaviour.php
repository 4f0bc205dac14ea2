<?php
// SPDX-License-Identifier: Apache-2.0
// What site owners do with plugins, as options that a test can set.

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
