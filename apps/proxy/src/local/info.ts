/** INFO of the proxy itself: what clients read at connect. The servers' own INFO, added up, is not here yet. */
import { encodeReply } from '@keyfleet/resp';
import type { Handler } from '../route/router.ts';
import { argumentText } from '../route/refusals.ts';

export type InfoSource = () => Readonly<Record<string, Readonly<Record<string, string | number>>>>;

export function infoHandler(source: InfoSource): [string, Handler] {
  return [
    'info',
    (client) => {
      const { request } = client;
      const wanted = Array.from({ length: request.count - 1 }, (_, i) =>
        argumentText(request, i + 1).toLowerCase(),
      );
      const text = infoText(source(), wanted);
      client.answer(encodeReply({ type: 'verbatim', format: 'txt', text }, client.respVersion));
    },
  ];
}

function infoText(sections: ReturnType<InfoSource>, wanted: readonly string[]): string {
  const isAll =
    wanted.length === 0 || wanted.some((name) => ['all', 'default', 'everything'].includes(name));
  return Object.entries(sections)
    .filter(([name]) => isAll || wanted.includes(name.toLowerCase()))
    .map(
      ([name, fields]) =>
        `# ${name}\r\n${Object.entries(fields)
          .map(([key, value]) => `${key}:${value}\r\n`)
          .join('')}`,
    )
    .join('\r\n');
}
