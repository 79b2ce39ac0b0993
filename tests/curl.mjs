// @ts-check
// As much of curl as the documents use, so that their examples run where only Node is installed:
// -s, -H <header>, -d <body>, and -G, which makes the bodies a query string.

import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    get: { type: 'boolean', short: 'G' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd', multiple: true, default: [] },
  },
});

const [url = ''] = positionals;
const headers = new Headers(values.header.map((header) => /** @type {[string, string]} */ (header.split(': ', 2))));
const data = values.data.join('&');
const response =
  data === '' || values.get
    ? await fetch(values.get ? `${url}?${data}` : url, { headers })
    : await fetch(url, { method: 'POST', headers, body: data });
process.stdout.write(await response.text());
