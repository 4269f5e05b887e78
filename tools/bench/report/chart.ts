/** The run as a picture: CPU per request and throughput beside Envoy's, a row for each workload. Pure. */
import { ratioOf, type Figure } from './figures.ts';
import type { Run } from './run.ts';

type Panel = {
  readonly title: string;
  readonly figure: Figure;
  /** Ratios above it are cut off; their number is still written. */
  readonly most: number;
  readonly x: number;
};

const BAR = 9;
const ROW_GAP = 12;
const TOP = 74;
const PANEL_WIDTH = 330;
const LABELS_WIDTH = 220;
/** For the number behind the longest bar. */
const NUMBER_WIDTH = 34;
const [LEGEND_GAP, CHARACTER_WIDTH] = [30, 6.5];
const WIDTH = LABELS_WIDTH + 2 * (PANEL_WIDTH + NUMBER_WIDTH) + 20;

const panels: readonly Panel[] = [
  {
    title: 'CPU per request, × Envoy (less is better)',
    figure: 'proxyCpuMicros',
    most: 2,
    x: LABELS_WIDTH,
  },
  {
    title: 'requests per second, × Envoy (more is better)',
    figure: 'requestsPerSecond',
    most: 4,
    x: LABELS_WIDTH + PANEL_WIDTH + NUMBER_WIDTH + 10,
  },
];

/** Of middle brightness, for light and for dark pages. */
const colours = ['#2f81f7', '#8250df', '#1a9c8c', '#d4762c', '#8b949e', '#b35959', '#6e9c2e'];
const INK = '#768390';

export function chart(run: Run, baseline: string): string {
  const others = run.candidates.filter((name) => name !== baseline);
  const rows = run.workloads
    .map((workload) => ({ workload, bars: barsOf(run, { workload, others, baseline }) }))
    .filter(({ bars }) => bars.length > 0);
  const shown = others.filter((name) =>
    rows.some(({ bars }) => bars.some(({ candidate }) => candidate === name)),
  );
  let y = TOP;
  const body: string[] = [];
  for (const { workload, bars } of rows) {
    const height = bars.length * BAR;
    body.push(label(LABELS_WIDTH - 8, y + height / 2 + 4, workload, 'end'));
    bars.forEach(({ candidate, ratios }, at) => {
      const place = { y: y + at * BAR, colour: colourOf(candidate, shown) };
      panels.forEach((panel, n) => body.push(...bar(panel, ratios[n]!, place)));
    });
    y += height + ROW_GAP;
  }
  const size = { width: WIDTH, height: y + 8 };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">`,
    ...legend(shown),
    ...panels.flatMap((panel) => axis(panel, y)),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function colourOf(candidate: string, shown: readonly string[]): string {
  return colours[shown.indexOf(candidate) % colours.length]!;
}

type Bars = { readonly candidate: string; readonly ratios: readonly (number | null)[] }[];
type BarsAsk = { workload: string; others: readonly string[]; baseline: string };

function barsOf(run: Run, { workload, others, baseline }: BarsAsk): Bars {
  return others
    .map((candidate) => ({
      candidate,
      ratios: panels.map(
        ({ figure }) =>
          ratioOf(run.samples, { workload, candidate }, { figure, baseline })?.median ?? null,
      ),
    }))
    .filter(({ ratios }) => ratios.some((ratio) => ratio !== null));
}

function bar(
  { x, most }: Panel,
  ratio: number | null,
  { y, colour }: { y: number; colour: string },
): string[] {
  if (ratio === null) return [];
  const width = round((Math.min(ratio, most) / most) * PANEL_WIDTH);
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${BAR - 1}" fill="${colour}"/>`,
    `<text x="${x + width + 3}" y="${y + BAR - 2}" font-size="9">${ratio.toFixed(2)}</text>`,
  ];
}

/** A line at each whole number; the one at 1 is Envoy. */
function axis({ title, most, x }: Panel, bottom: number): string[] {
  const marks = Array.from({ length: most + 1 }, (_, at) => at);
  return [
    label(x, TOP - 28, title, 'start'),
    ...marks.flatMap((mark) => {
      const at = round(x + (mark / most) * PANEL_WIDTH);
      const dash = mark === 1 ? 'stroke-width="1.5"' : 'stroke-width="0.5" stroke-dasharray="2 3"';
      return [
        label(at, TOP - 10, String(mark), 'middle'),
        `<line x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${bottom}" stroke="${INK}" ${dash}/>`,
      ];
    }),
  ];
}

function legend(shown: readonly string[]): string[] {
  let x = LABELS_WIDTH;
  return shown.flatMap((name) => {
    const at = x;
    x += LEGEND_GAP + name.length * CHARACTER_WIDTH;
    return [
      `<rect x="${round(at)}" y="14" width="11" height="11" fill="${colourOf(name, shown)}"/>`,
      label(round(at + 16), 24, name, 'start'),
    ];
  });
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
