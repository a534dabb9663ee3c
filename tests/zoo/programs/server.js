// SPDX-License-Identifier: MIT
// server.js SOCKET_PORT [leak]: an HTTP server that renders JSON. With `leak` every request leaves a closure on a
// list of listeners, and with it the request's text: the classic of event emitters and promises.
'use strict';
const http = require('http');

const listeners = [];
let served = 0;

function render(url) {
	const rows = [];
	for (let i = 0; i < 50; i++)
		rows.push({ id: served * 50 + i, url, when: Date.now(), name: 'row ' + i });
	return JSON.stringify(rows);
}

http.createServer((request, response) => {
	const text = render(request.url);
	served++;
	if (process.argv[3] === 'leak') {
		const kept = Buffer.from(text.slice(0, 100)).toString('latin1');
		listeners.push(() => kept.length);
	}
	response.end(text);
}).listen(Number(process.argv[2]), '127.0.0.1');
