<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's built-in server: files are served as they are, everything else is WordPress's, so that pretty permalinks work.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/';
if (is_dir($root . $path)) {
    $path = rtrim($path, '/') . '/index.php';
}
if (!is_file($root . $path)) {
    $path = '/index.php';
} elseif (!str_ends_with($path, '.php')) {
    return false;
}
// WordPress's folders are links into the package: without this its scripts would take the package for the site.
define('ABSPATH', $root . '/');
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $path;
$_SERVER['SCRIPT_FILENAME'] = $root . $path;
chdir(dirname($root . $path));
require $root . $path;
