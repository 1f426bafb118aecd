import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { makeClient } from '../../client/client.ts';
import type { Config } from '../platform/config.ts';
import { Problem } from '../platform/problem.ts';
import { addMakingTools } from './mcp/making-tools.ts';
import { addReadingTools } from './mcp/reading-tools.ts';

/** `clipt mcp`: the API of another installation as tools for agents, over stdio. Stdout carries the protocol alone. */
export async function mcpCommand({ remote }: Config): Promise<void> {
  if (!remote) {
    throw new Problem({
      kind: 'invalid',
      code: 'bad_setting',
      message: 'The MCP server needs an installation to speak to.',
      action: 'Set CLIPT_URL and CLIPT_API_KEY (`./clipt keys create --name agent` makes a key).',
    });
  }
  const client = makeClient({ baseUrl: remote.url, apiKey: remote.apiKey });
  const server = new McpServer({ name: 'clipt', version: '0.1.0' });
  addMakingTools(server, client);
  addReadingTools(server, client);
  await server.connect(new StdioServerTransport());
  await new Promise<void>((done) => {
    server.server.onclose = done;
    process.stdin.once('end', () => void server.close());
  });
}
