import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { type ImagineOnce, parseArgv } from '../../adapters/terminal/argv.ts'
import { createTerminal } from '../../adapters/terminal/terminal.ts'
import { readParameters } from '../../src/commands/read-parameters.ts'
import { terminalWords } from '../../src/messages/terminal.ts'
import { createStageHouse, type StageHouse } from '../support/stage-house.ts'

const openHouse = (): StageHouse => {
  const house = createStageHouse()
  onTestFinished(() => house.close())
  return house
}

/** Resolves when so many lines were printed. */
const printedLines = async (output: PassThrough, count: number, text: () => string) => {
  while (text().trimEnd().split('\n').length < count) await once(output, 'data')
}

const start = async (house: StageHouse, ...argv: string[]) => {
  const wanted = parseArgv(['imagine', ...argv]) as ImagineOnce
  const printed = { output: '', errors: '' }
  const collect = (name: keyof typeof printed) =>
    Object.assign(new PassThrough(), { isTTY: false }).on('data', (chunk) => {
      printed[name] += chunk
    })
  const output = collect('output')
  const terminal = createTerminal({
    input: new PassThrough(),
    output,
    errors: collect('errors'),
    env: {},
    dataDir: house.folder,
    words: terminalWords.en,
    now: Date.now,
    once: wanted,
  })
  const { core, services } = await house.open([terminal.chat], 'terminal:owner')
  return { terminal, services, printed, output, status: () => terminal.imagine(core, wanted) }
}

it('a prompt becomes a file whose path, seed and time are told in plain lines, and whoever sits there has no limit', async () => {
  const house = openHouse()
  const { status, printed } = await start(house, 'a fox', '--seed', '7')
  expect(await status()).toBe(0)
  expect(printed.output).toMatch(/seed 7[\s\S]*drawn in [\d.]+ s/u)
  expect(printed.output).not.toMatch(/\u001b| left$/mu)
  const path = /→ (.*\.png)/u.exec(printed.output)![1]!
  expect(readParameters(readFileSync(path))).toMatchObject({ prompt: 'a fox', seed: '7', size: '64x64' })
})

it('a picture that was drawn before is told once', async () => {
  const house = openHouse()
  const { status, printed } = await start(house, 'a fox', '--seed', '7')
  await status()
  printed.output = ''
  await status()
  expect(printed.output).toMatch(/^a fox\n#2 .* seed 7\n.*\n.*\n→ .*png\n$/u)
})

it('each picture is one JSON object a line for scripts, copied to where it was wanted', async () => {
  const house = openHouse()
  const out = join(house.folder, 'out', 'fox.PNG')
  const { status, printed } = await start(house, 'a fox', '--seed', '7', '--count', '2', '--json', '--out', out)
  expect(await status()).toBe(0)
  const lines = printed.output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toMatchObject([
    { seed: 7, widthPx: 64, path: out.replace('.PNG', '-1.PNG'), earlier: false },
    { seed: 8, widthPx: 64, path: out.replace('.PNG', '-2.PNG'), earlier: false },
  ])
  for (const { path } of lines) expect(existsSync(path)).toBe(true)
})

it('pictures are copied into a folder under their own names', async () => {
  const house = openHouse()
  const out = join(house.folder, 'out')
  mkdirSync(out)
  const { status } = await start(house, 'a fox', '--seed', '7', '--out', out)
  await status()
  expect(existsSync(join(out, 'zimagine-1-7.png'))).toBe(true)
})

it('a place that cannot be written to is told, and the exit status is 1', async () => {
  const house = openHouse()
  const file = join(house.folder, 'file')
  writeFileSync(file, '')
  const { status, printed } = await start(house, 'a fox', '--json', '--out', join(file, 'fox.png'))
  expect(await status()).toBe(1)
  expect(printed.output).toBe('')
  expect(printed.errors).toMatch(/^E\w+: .*file/u)
})

it('a refusal is a sentence on standard error, and the exit status is 1', async () => {
  const { status, printed } = await start(openHouse(), 'a fox', '--size', '100x100', '--json')
  expect(await status()).toBe(1)
  expect(printed.output).toBe('')
  expect(printed.errors).toBe('100x100 is not a size. Use two multiples of 16, such as 64x64.\n')
})

it('Ctrl-C cancels the picture, and once more it is time to leave', async () => {
  const { status, terminal, services, printed } = await start(openHouse(), 'a fox', '--steps', '50')
  services.queue.pause()
  const asked = new Promise<void>((resolve) => {
    const off = services.events.on((event) => {
      if (event.kind !== 'queued') return
      off()
      resolve()
    })
  })
  const ending = status()
  await asked
  while (!terminal.interrupt()) await new Promise((resolve) => setImmediate(resolve))
  expect(terminal.interrupt()).toBe(false)
  expect(await ending).toBe(130)
  expect(printed.errors).toMatch(/Cancelled/u)
})

it('a picture that an earlier process was asked for is drawn and told by the next one', async () => {
  const house = openHouse()
  const out = join(house.folder, 'whale.png')
  const { status, printed, output, services } = await start(house, 'a whale', '--json', '--out', out)
  const person = services.store.people.of('terminal', 'owner', 'owner', 0)
  const address = { platform: 'terminal', chat: 'terminal', route: 'owner' }
  const job = services.intake.accept({
    event: 'terminal:earlier',
    asker: { person, ...address },
    address,
    prompt: 'a fox',
    request: { prompt: 'a fox', widthPx: 64, heightPx: 64, steps: 4, guidance: 0, seed: 3 },
    private: false,
    language: 'en',
  })
  services.delivery.attach(job.id, { platform: 'terminal', ref: 'owner-of-a-killed-process:1' })
  expect(await status()).toBe(0)
  await printedLines(output, 2, () => printed.output)
  const lines = printed.output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.sort((a, b) => a.job - b.job)).toMatchObject([
    { job: job.id, seed: 3, path: expect.stringMatching(/pictures/u), earlier: true },
    { job: job.id + 1, path: out, earlier: false },
  ])
})
