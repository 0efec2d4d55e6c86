/* Sends the same bytes from memory, through as much as its first argument says. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type RequestHandler } from 'express';
import passport, { type Authenticator } from 'passport';

const [step = '', file = ''] = process.argv.slice(2);
const page = readFileSync(file);

function send(res: ServerResponse): void {
  res.writeHead(200, {
    'Content-Type': 'application/taxii+json;version=2.1',
    'Content-Length': page.byteLength,
  });
  res.end(page);
}

function createBareApp(...before: readonly RequestHandler[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/feed/collections/:collection/objects/', ...before, (_req, res) => {
    send(res);
  });
  return app;
}

const ANYBODY = {
  kind: 'user',
  user: 'anybody',
  org: 'any',
  audience: 'state',
  role: 'partner',
  hub: false,
} as const;

/** Lets everybody in: what is left is what passport itself costs. */
class OpenStrategy extends passport.Strategy {
  override readonly name = 'open';

  override authenticate(): void {
    this.success(ANYBODY);
  }
}

function createPassportStep(): RequestHandler {
  const authenticator = new passport.Passport();
  authenticator.use(new OpenStrategy());
  // Its own types say `any` for the step.
  const typed: Pick<Authenticator<RequestHandler, RequestHandler>, 'authenticate'> = authenticator;
  return typed.authenticate('open', { session: false });
}

function toListener(): RequestListener {
  if (step === 'Express') return createBareApp();
  if (step === 'passport') return createBareApp(createPassportStep());
  return (_req, res) => {
    send(res);
  };
}

const server = createServer(toListener());
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${portOf(server.address())}\n`);
});

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address ? address.port : 0;
}
