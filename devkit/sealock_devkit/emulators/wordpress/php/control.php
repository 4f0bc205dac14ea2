<?php
// SPDX-License-Identifier: Apache-2.0
// Does what the site's owner and the database would do, with WordPress's own functions. Reads orders from standard
// input, one line of JSON each, and answers each with a line of JSON, until the input ends.
$address = parse_url(getenv('SITE_URL'));
$_SERVER['HTTP_HOST'] = $address['host'] . ':' . $address['port'];
$_SERVER['SERVER_NAME'] = $address['host'];
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
if (getenv('SITE_INSTALLING')) {
    define('WP_INSTALLING', true);
}
define('ABSPATH', getenv('SITE_ROOT') . '/');
require ABSPATH . 'wp-load.php';

$orders = [
    'install' => function ($order) {
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        if (!is_blog_installed()) {
            wp_install($order['title'], 'admin', 'admin@example.test', true, '', $order['passwords']['admin']);
            foreach (get_comments(['status' => 'any', 'fields' => 'ids']) as $id) {
                wp_delete_comment($id, true);
            }
            foreach (get_posts(['post_type' => 'any', 'post_status' => 'any', 'numberposts' => -1, 'fields' => 'ids']) as $id) {
                wp_delete_post($id, true);
            }
        }
        foreach (['comment_moderation', 'comment_previously_approved', 'comments_notify', 'moderation_notify'] as $option) {
            update_option($option, 0);
        }
        update_option('default_comment_status', 'open');
        update_option('thread_comments', 1);
        update_option('thread_comments_depth', 10);
        update_option('blog_public', 0);
        $given = [];
        foreach (['admin' => 'administrator', 'agent' => 'editor', 'reader' => 'subscriber'] as $login => $role) {
            $user = get_user_by('login', $login);
            if (!$user) {
                $id = wp_create_user($login, $order['passwords'][$login], "$login@example.test");
                wp_update_user(['ID' => $id, 'display_name' => ucfirst($login), 'role' => $role]);
                $user = get_user_by('id', $id);
            }
            wp_set_password($order['passwords'][$login], $user->ID);
            WP_Application_Passwords::delete_all_application_passwords($user->ID);
            [$password] = WP_Application_Passwords::create_new_application_password($user->ID, ['name' => 'connector']);
            $given[$login] = ['id' => $user->ID, 'password' => $password];
        }
        return $given;
    },
    // The site, made by `install` before, becomes the first of a network.
    'make_network' => function ($order) {
        global $wpdb;
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        foreach ($wpdb->tables('ms_global') as $name => $table) {
            $wpdb->$name = $table;
        }
        install_network();
        $made = populate_network(1, 'network.test', 'admin@example.test', $order['title'], '/', false);
        foreach (['home', 'siteurl'] as $option) {
            update_option($option, 'http://network.test');
        }
        return is_wp_error($made) && $made->get_error_code() !== 'siteid_exists' ? $made : true;
    },
    'new_password' => function ($order) {
        $user = get_user_by('login', $order['login']);
        [$password] = WP_Application_Passwords::create_new_application_password(
            $user->ID,
            ['name' => 'connector ' . wp_generate_uuid4()]
        );
        return $password;
    },
    'revoke_passwords' => function ($order) {
        $user = get_user_by('login', $order['login']);
        return WP_Application_Passwords::delete_all_application_passwords($user->ID);
    },
    'set_role' => function ($order) {
        get_user_by('login', $order['login'])->set_role($order['role']);
        return true;
    },
    'set_permalinks' => function ($order) {
        global $wp_rewrite;
        $wp_rewrite->set_permalink_structure($order['pretty'] ? '/%postname%/' : '');
        $wp_rewrite->flush_rules(false);
        return true;
    },
    'set_options' => function ($order) {
        foreach ($order['options'] as $name => $value) {
            update_option($name, $value);
        }
        return true;
    },
    'add_post' => function ($order) {
        return wp_insert_post(wp_slash([
            'post_title' => $order['title'],
            'post_content' => $order['content'],
            'post_type' => $order['type'],
            'post_status' => 'publish',
            'post_author' => 1,
            'comment_status' => 'open',
        ]), true);
    },
    'open_comments' => function ($order) {
        return wp_update_post(['ID' => $order['post'], 'comment_status' => $order['open'] ? 'open' : 'closed']);
    },
    // Straight into the table, as a database full of comments would be: thousands a second, any date, any parent.
    'add_comments' => function ($order) {
        global $wpdb;
        $ids = [];
        $wpdb->query('START TRANSACTION');
        foreach ($order['comments'] as $new) {
            $parent = $new['parent_index'] === null ? $new['parent'] : $ids[$new['parent_index']];
            $wpdb->insert($wpdb->comments, [
                'comment_post_ID' => $new['post'],
                'comment_author' => $new['author_name'],
                'comment_author_email' => $new['author_email'],
                'comment_author_IP' => '127.0.0.1',
                'comment_date_gmt' => $new['date_gmt'],
                'comment_date' => get_date_from_gmt($new['date_gmt']),
                'comment_content' => $new['content'],
                'comment_approved' => ['approved' => '1', 'hold' => '0'][$new['status']] ?? $new['status'],
                'comment_agent' => $new['user_agent'],
                'comment_type' => $new['type'],
                'comment_parent' => $parent,
                'user_id' => $new['user_id'],
            ]) || throw new RuntimeException($wpdb->last_error);
            $ids[] = $wpdb->insert_id;
        }
        $wpdb->query('COMMIT');
        foreach (array_unique(array_column($order['comments'], 'post')) as $post) {
            wp_update_comment_count_now($post);
        }
        return $ids;
    },
    'set_status' => function ($order) {
        return wp_set_comment_status($order['comment'], $order['status']);
    },
    'delete' => function ($order) {
        return array_map(fn ($id) => wp_delete_comment($id, true), $order['comments']);
    },
    'reset' => function ($order) {
        global $wpdb;
        $wpdb->query("DELETE FROM {$wpdb->commentmeta}");
        $wpdb->query("DELETE FROM {$wpdb->comments}");
        foreach ($order['options'] as $name => $value) {
            update_option($name, $value);
        }
        return true;
    },
    // Parents as no WordPress would set them: gone, or in a circle.
    'set_parent' => function ($order) {
        global $wpdb;
        return $wpdb->update(
            $wpdb->comments,
            ['comment_parent' => $order['parent']],
            ['comment_ID' => $order['comment']]
        );
    },
    // Whatever else a test wants of WordPress; the values are variables there.
    'run' => function ($order) {
        extract($order['values']);
        return eval($order['php']);
    },
    'comments' => function () {
        global $wpdb;
        return $wpdb->get_results("SELECT * FROM {$wpdb->comments} ORDER BY comment_ID", ARRAY_A);
    },
];
while (($line = fgets(STDIN)) !== false) {
    $order = json_decode($line, true, 64, JSON_THROW_ON_ERROR);
    wp_cache_flush(); // the web server's workers change things, too
    try {
        $answer = $orders[$order['do']]($order);
        $result = is_wp_error($answer) ? ['error' => $answer->get_error_message()] : ['answer' => $answer];
    } catch (Throwable $problem) {
        $result = ['error' => $problem->getMessage()];
    }
    echo json_encode($result, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    flush();
}
