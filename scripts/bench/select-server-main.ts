/* The bare way to a page: a prepared select, its rows joined and sent by node:http. */
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const [file = '', collection = ''] = process.argv.slice(2);
const database = new DatabaseSync(file, { readOnly: true });
const number =
  database.prepare('SELECT number FROM collections WHERE id = ?').get(collection)?.['number'] ?? -1;
const select = database.prepare(
  'SELECT text FROM entries WHERE collection = ? AND poll = 1 AND tick > ? ORDER BY tick LIMIT ?',
);

const server = createServer((_req, res) => {
  const texts = select.all(number, 0, 100).map(({ text }) => text);
  const page = Buffer.from(`{"objects":[${texts.join(',')}]}`);
  res.writeHead(200, {
    'Content-Type': 'application/taxii+json;version=2.1',
    'Content-Length': page.byteLength,
  });
  res.end(page);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
});
