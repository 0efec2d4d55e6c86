/* The bare way to a page in MongoDB: the same find by the driver alone, its texts joined and sent by node:http. */
import { createServer } from 'node:http';
import { MongoClient } from 'mongodb';

interface Entry {
  readonly collection: string;
  readonly poll: boolean;
  readonly tick: number;
  readonly text: string;
  readonly from: number;
  readonly until?: number;
}

const [url = '', collection = ''] = process.argv.slice(2);
const database = new MongoClient(url).db();
const head = await database.collection<{ readonly commit: number }>('heads').findOne({});
const commit = head?.commit ?? 0;
const entries = database.collection<Entry>('entries');
const LIMIT = 100;

async function readPage(): Promise<Buffer> {
  const filter = {
    collection,
    poll: true,
    tick: { $gt: 0 },
    from: { $lte: commit },
    until: { $not: { $lte: commit } },
  };
  // One more than is shown, as the server asks, to know whether there is more.
  const rows = await entries
    .find(filter)
    .sort({ tick: 1 })
    .limit(LIMIT + 1)
    .project<Pick<Entry, 'tick' | 'text'>>({ _id: 0, tick: 1, text: 1 })
    .toArray();
  const texts = rows.slice(0, LIMIT).map(({ text }) => text);
  return Buffer.from(`{"objects":[${texts.join(',')}]}`);
}

const server = createServer((_req, res) => {
  void readPage().then((page) => {
    res.writeHead(200, {
      'Content-Type': 'application/taxii+json;version=2.1',
      'Content-Length': page.byteLength,
    });
    res.end(page);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
});
