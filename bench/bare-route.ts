/** A Hono route that answers the JSON of its first argument and does nothing else: what HTTP itself costs. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const value: unknown = JSON.parse(process.argv[2] ?? '{}');
const app = new Hono();
app.get('/', (c) => c.json(value));
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}/\n`);
});
process.on('SIGTERM', () => process.exit(0));
