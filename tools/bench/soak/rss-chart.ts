/** Resident memory over time as SVG: all samples, and the floor of each cycle. Pure. */
import { cyclesOf, type RssSample } from './trend.ts';

const MB = 1024 * 1024;
const [WIDTH, HEIGHT] = [900, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 20, 34, 40];
/** Of middle brightness, for light and for dark pages. */
const [INK, LINE, FLOOR] = ['#768390', '#2f81f7', '#d4762c'];
const MARKS = 5;

type Scale = { readonly x: (seconds: number) => number; readonly y: (mb: number) => number };

export function rssChart(samples: readonly RssSample[]): string {
  const secondsMax = Math.max(1, ...samples.map(({ seconds }) => seconds));
  const mbMax = niceAbove(Math.max(1, ...samples.map(({ bytes }) => bytes / MB)));
  const scale: Scale = {
    x: (seconds) => round(LEFT + (seconds / secondsMax) * (WIDTH - LEFT - RIGHT)),
    y: (mb) => round(HEIGHT - BOTTOM - (mb / mbMax) * (HEIGHT - TOP - BOTTOM)),
  };
  const line = samples.map(({ seconds, bytes }) => point(scale, seconds, bytes));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">`,
    `<text x="${LEFT}" y="20">RSS of the proxy, MB: every second (blue), floor of each cycle (orange)</text>`,
    ...marks(mbMax).map((mb) => markOf(scale, mb)),
    ...marks(secondsMax / 60).map(
      (minutes) =>
        `<text x="${scale.x(minutes * 60)}" y="${HEIGHT - 22}" text-anchor="middle">${round(minutes)}</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">minutes</text>`,
    polyline(line, LINE, 1),
    polyline(floorsOf(samples, scale, secondsMax), FLOOR, 2),
    '</svg>',
    '',
  ].join('\n');
}

/** A level from where each cycle begins to where the next one does. */
function floorsOf(samples: readonly RssSample[], scale: Scale, secondsMax: number): string[] {
  const cycles = cyclesOf(samples);
  return cycles.flatMap(({ seconds, floorBytes }, at) => {
    const end = cycles[at + 1]?.seconds ?? secondsMax;
    return [point(scale, seconds, floorBytes), point(scale, end, floorBytes)];
  });
}

function point({ x, y }: Scale, seconds: number, bytes: number): string {
  return `${x(seconds)},${y(bytes / MB)}`;
}

function polyline(points: readonly string[], colour: string, width: number): string {
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
}

function markOf({ y }: Scale, mb: number): string {
  return [
    `<text x="${LEFT - 8}" y="${y(mb) + 4}" text-anchor="end">${round(mb)}</text>`,
    `<line x1="${LEFT}" y1="${y(mb)}" x2="${WIDTH - RIGHT}" y2="${y(mb)}" stroke="${INK}" stroke-width="0.5" stroke-dasharray="2 3"/>`,
  ].join('');
}

function marks(most: number): number[] {
  return Array.from({ length: MARKS + 1 }, (_, at) => (at / MARKS) * most);
}

/** So that the marks are whole numbers. */
function niceAbove(value: number): number {
  const step = value > 250 ? 100 : 25;
  return Math.ceil(value / step) * step;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
