/**
 * The first part of `npm run pictures`: three people ask the small model in one chat. Draws what they see, as docs/pictures/chat.webp, from the
 * messages that the service posts; only the frame is this file's. Needs Chromium, and fonts that have emoji and Chinese.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { createEngine } from '../engine/client.ts'
import { encodePicture } from '../engine/picture.ts'
import type { Button, Span, View } from '../src/chat.ts'
import { systemClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { randomIds } from '../src/ids.ts'
import { createLog } from '../src/log.ts'
import { plain } from '../src/messages/text.ts'
import { createService } from '../src/service.ts'
import { openStore } from '../src/store/store.ts'
import { type Message, ScriptedChat } from '../test/support/scripted-chat.ts'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'docs', 'pictures', 'chat.webp')
const SCALE = 2 // for screens that have two dots a pixel
const WIDTH_PX = 900
const TALLEST_PX = 1400

interface Person {
  readonly name: string
  readonly colour: string
  readonly locale: string
  readonly asks: string
  /** Which of the views that their message showed is drawn. */
  readonly shows: (view: View) => boolean
}

// The third waits behind the second: at the moment that is drawn the first has a picture.
const PEOPLE: readonly Person[] = [
  {
    name: 'Ann',
    colour: '#8e6bbf',
    locale: 'en',
    asks: 'a crown above a lion --seed 1',
    shows: (view) => view.pictures !== undefined,
  },
  { name: 'Bob', colour: '#3c7d6f', locale: 'en', asks: 'a guitar', shows: (view) => /3\/4/u.test(plain(view.text)) },
  { name: '小雨', colour: '#b5643c', locale: 'zh-CN', asks: '一只猫', shows: (view) => /排队/u.test(plain(view.text)) },
]

const folder = await mkdtemp(join(tmpdir(), 'zimagine-chat-'))
try {
  await writeFile(join(folder, 'chat.html'), await page(await converse()))
  const picture = join(folder, 'chat.png')
  const flags = ['--headless=new', '--no-sandbox', '--hide-scrollbars', `--force-device-scale-factor=${SCALE}`]
  const size = `--window-size=${WIDTH_PX},${TALLEST_PX}`
  await promisify(execFile)('chromium', [...flags, size, `--screenshot=${picture}`, join(folder, 'chat.html')])
  await sharp(picture).trim().webp({ quality: 85 }).toFile(OUT)
  console.log(OUT)
} finally {
  await rm(folder, { recursive: true })
}

/** All ask; → what each one's message shows. */
async function converse(): Promise<View[]> {
  const chat = new ScriptedChat()
  const service = await createService({
    config: readConfig({ DATA_DIR: folder }),
    store: openStore(folder),
    engines: [createEngine({ model: join(ROOT, 'models', 'default'), device: 'cpu' })],
    chats: [chat],
    clock: systemClock,
    ids: randomIds,
    log: createLog({ path: join(folder, 'chat.log'), level: 'info', secrets: [] }),
    encodePicture,
  })
  service.start()
  const messages: Message[] = []
  const ask = async ({ name, locale, asks }: Person): Promise<void> => {
    const address = { platform: chat.platform, chat: 'room', route: 'room' }
    const from = { platform: chat.platform, id: name, name, locale }
    const incoming = { key: name, command: 'imagine', text: asks, from, address }
    await service.core.dispatch(incoming, async (view) => {
      const ref = await chat.post(address, view)
      messages.push(chat.messages.get(ref.ref as number)!)
      return ref
    })
  }
  const [first, ...others] = PEOPLE
  await ask(first!)
  await chat.until(() => messages[0]!.shown.some(first!.shows))
  await Promise.all(others.map(ask))
  await chat.until(() => messages.every(({ view }) => view.pictures))
  const views = PEOPLE.map(({ shows }, i) => messages[i]!.shown.find(shows)!)
  await service.stop(1000)
  return views
}

async function page(views: readonly View[]): Promise<string> {
  const bot = await picture(join(ROOT, 'docs', 'pictures', 'fox.png'))
  const messages = await Promise.all(
    views.map(async ({ text, pictures = [], buttons = [] }, i) => {
      const { name, colour, asks } = PEOPLE[i]!
      const drawn = await Promise.all(pictures.map(({ path }) => picture(join(folder, path))))
      return `<section>
        <i style="background: ${colour}">${name[0]}</i><div><b>${name}</b><p>/imagine ${asks}</p></div>
        <img class="face" src="${bot}"><div><b>zimagine</b><p>${text.map(html).join('')}</p>
          ${drawn.map((src) => `<img src="${src}">`).join('')}${buttons.map(row).join('')}</div>
      </section>`
    }),
  )
  return `<!doctype html><meta charset="utf-8"><style>
    body { display: grid; grid-template-columns: 400px 1fr; grid-auto-rows: min-content; gap: 10px; margin: 8px; background: #fff; color: #2b2d31; font: 15px/1.45 'DejaVu Sans', 'WenQuanYi Micro Hei', 'Noto Color Emoji', sans-serif }
    section { display: grid; grid-template-columns: 40px 1fr; gap: 10px 12px; padding: 14px; border: 1px solid #e3e5e8; border-radius: 12px; align-content: start }
    section:first-child { grid-row: span 2 }
    i, .face { width: 40px; height: 40px; border-radius: 50%; font: bold 18px/40px sans-serif; text-align: center; color: #fff }
    p { margin: 2px 0; white-space: pre-wrap } code { background: #eceef1; border-radius: 4px; padding: 0 4px }
    div > img { display: block; width: 200px; border-radius: 8px; margin: 8px 0 }
    u { display: inline-block; text-decoration: none; background: #e3e5e8; border-radius: 6px; padding: 4px 12px; margin: 4px 6px 0 0 }
    u.primary { background: #5865f2; color: #fff } u.danger { background: #d83c3e; color: #fff }
  </style>${messages.join('')}`
}

async function picture(path: string): Promise<string> {
  return `data:image/png;base64,${(await readFile(path)).toString('base64')}`
}

function row(buttons: readonly Button[]): string {
  return `<div>${buttons.map(({ label, style = 'plain' }) => `<u class="${style}">${label}</u>`).join('')}</div>`
}

function html(span: Span): string {
  if (typeof span === 'string') return span
  const tag = { strong: 'b', code: 'code', typed: 'span', time: 'time' }[span.kind]
  return `<${tag}>${span.text}</${tag}>`
}
