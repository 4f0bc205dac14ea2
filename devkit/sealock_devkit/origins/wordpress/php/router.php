<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's built-in server: files are served as they are, everything else is WordPress's, so that pretty permalinks work.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/';
$file = $root . rtrim($path, '/');
if ($path !== '/' && is_dir($file) && is_file($file . '/index.php')) {
    $path = rtrim($path, '/') . '/index.php';
    $file = $root . $path;
} elseif ($path !== '/' && is_file($file)) {
    return false;
} else {
    $path = '/index.php';
    $file = $root . $path;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $path;
chdir(dirname($file));
require $file;
