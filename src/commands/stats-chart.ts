import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import sharp from 'sharp'
import type { ViewPicture } from '../chat.ts'
import { CHART } from '../pictures.ts'
import { DAY_MS, type StatsDay, type TopPerson } from '../store/stats.ts'
import { writeWholeNow } from '../whole-file.ts'
import type { Call } from './define.ts'

interface Bar {
  readonly value: number
  readonly label: string
}

const WIDTH = 960
const HEIGHT = 640
const GAP = 32
const PANEL_WIDTH = (WIDTH - 3 * GAP) / 2
const PANEL_HEIGHT = (HEIGHT - 3 * GAP) / 2
const TITLE_HEIGHT = 30
const INK = '#22313f'
const NAME_LENGTH = 18

/** Draws the figures as one picture of four panels below the data folder. The last chart is replaced by it. */
export async function writeChart(
  { services, messages }: Call,
  days: readonly StatsDay[],
  top: readonly TopPerson[],
): Promise<ViewPicture> {
  const words = messages.stats
  const engines = services.engines.statuses().length
  const daily = (index: number, title: string, colour: string, value: (day: StatsDay) => number): string => {
    const bars = days.map((day) => ({ value: value(day), label: dateOf(day) }))
    return panel(index, title, columns(bars, colour))
  }
  const people = top.map(({ name, person, pictures }) => ({ value: pictures, label: name || `#${person}` }))
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" fill="${INK}">`,
    '<rect width="100%" height="100%" fill="#fbfaf7"/>',
    daily(0, words.picturesADay, '#3a7ca5', ({ pictures }) => pictures),
    daily(1, words.waitSeconds, '#d98e32', ({ meanWaitMs }) => Math.round(meanWaitMs / 100) / 10),
    daily(2, words.engineUse, '#4f9d69', ({ computeMs }) => Math.round((computeMs / (DAY_MS * engines)) * 1000) / 10),
    panel(3, words.topPeople, rows(people, '#8a6fb0')),
    '</svg>',
  ].join('\n')
  const file = services.pictures.file(CHART)
  const png = await sharp(Buffer.from(svg)).png().toBuffer()
  mkdirSync(dirname(file), { recursive: true })
  // At once: another admin's chart may be drawn meanwhile.
  writeWholeNow(file, png)
  return { path: CHART, name: 'stats.png', widthPx: WIDTH, heightPx: HEIGHT, alt: words.alt, passing: true }
}

function dateOf({ from }: StatsDay): string {
  return new Date(from).toISOString().slice(5, 10)
}

function panel(index: number, title: string, content: string): string {
  const x = GAP + (index % 2) * (PANEL_WIDTH + GAP)
  const y = GAP + Math.floor(index / 2) * (PANEL_HEIGHT + GAP)
  return `<g transform="translate(${x} ${y})"><text font-size="16" font-weight="bold" y="14">${xml(title)}</text>${content}</g>`
}

function columns(bars: readonly Bar[], colour: string): string {
  const floor = PANEL_HEIGHT - 18
  const room = floor - TITLE_HEIGHT
  const most = Math.max(1, ...bars.map((bar) => bar.value))
  const step = PANEL_WIDTH / bars.length
  const label = (at: number, text: string, anchor: string) =>
    `<text font-size="11" x="${at}" y="${PANEL_HEIGHT - 2}" text-anchor="${anchor}">${xml(text)}</text>`
  return [
    `<line x1="0" x2="${PANEL_WIDTH}" y1="${floor}" y2="${floor}" stroke="${INK}"/>`,
    `<text font-size="11" x="${PANEL_WIDTH}" y="14" text-anchor="end">▲ ${most}</text>`,
    ...bars.map(({ value }, i) => {
      const height = (value / most) * room
      return `<rect x="${i * step + 1}" y="${floor - height}" width="${Math.max(step - 2, 1)}" height="${height}" fill="${colour}"/>`
    }),
    label(0, bars[0]?.label ?? '', 'start'),
    label(PANEL_WIDTH, bars.at(-1)?.label ?? '', 'end'),
  ].join('')
}

function rows(bars: readonly Bar[], colour: string): string {
  const most = Math.max(1, ...bars.map((bar) => bar.value))
  return bars
    .map(({ value, label }, i) => {
      const y = TITLE_HEIGHT + i * 44
      const name = [...label].slice(0, NAME_LENGTH).join('')
      return [
        `<text font-size="13" y="${y + 12}">${xml(name)} · ${value}</text>`,
        `<rect y="${y + 18}" width="${(value / most) * PANEL_WIDTH}" height="16" fill="${colour}"/>`,
      ].join('')
    })
    .join('')
}

/** Names are anybody's text: no markup, and no characters that XML forbids. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/gu, '')
    .replace(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`)
}
