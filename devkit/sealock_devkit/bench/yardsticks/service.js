// SPDX-License-Identifier: Apache-2.0
// The usual way in Node, for comparison: no sealing, no checks. It reads the form, believes the metadata, asks the
// guestbook over a kept connection, and answers. `service.js PORT CLIENT`: by `fetch`, or by `agent`, which is leaner.
'use strict';

const http = require('node:http');
const express = require('express');

const agent = new http.Agent({ keepAlive: true });
const clients = {
  fetch: async (url, headers) => (await fetch(url, { headers })).json(),
  agent: (url, headers) =>
    new Promise((resolve, reject) => {
      const asked = http.get(url, { agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve(JSON.parse(text)));
      });
      asked.on('error', reject);
    }),
};
const getJson = clients[process.argv[3]];

const app = express();

app.post('/guestbook/pull', express.urlencoded({ extended: false }), async (req, res) => {
  const account = JSON.parse(req.body.metadata);
  const state = JSON.parse(req.body.state || '{}');
  const query = new URLSearchParams({ since: state.since || '1970-01-01T00:00:00Z', after: '0', limit: '100' });
  const { entries } = await getJson(`${account.site}/api/entries?${query}`, {
    authorization: `Bearer ${account.token}`,
    accept: 'application/json',
  });
  const seen = new Set(state.ids || []);
  const fresh = entries.filter((entry) => !seen.has(entry.id));
  const last = entries[entries.length - 1];
  res.json({
    external_resources: fresh.map((entry) => ({
      external_id: `${account.site}/entries/${entry.id}`,
      message: entry.text,
      created_at: entry.created_at,
      thread_id: `${account.site}/entries/${entry.thread}`,
      author: { external_id: `${account.site}/authors/${entry.author_id}`, name: entry.author },
    })),
    state: JSON.stringify({ since: last ? last.created_at : state.since, ids: last ? [last.id] : [] }),
  });
});

app.listen(Number(process.argv[2]), '127.0.0.1');
