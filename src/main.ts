import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type ImagineOnce, type ModelsWanted, parseArgv, type Wanted } from '../adapters/terminal/argv.ts'
import { runModels } from '../adapters/terminal/models.ts'
import { createTerminal, type Terminal } from '../adapters/terminal/terminal.ts'
import { lockOfModel, modelFoldersOf, resolveModel } from '../engine/checkpoint/model-folders.ts'
import { ModelsError } from '../engine/checkpoint/models-error.ts'
import { createEngine } from '../engine/client.ts'
import { type Engine, EngineError } from '../engine/engine.ts'
import { encodePicture } from '../engine/picture.ts'
import type { Platform } from './chat.ts'
import { systemClock } from './clock.ts'
import { commandTable } from './commands/registry.ts'
import { type Config, ConfigError, readConfig, secretsOf } from './config.ts'
import { runDoctor } from './doctor.ts'
import { healthOfHouse, serveHealth } from './health.ts'
import { randomIds } from './ids.ts'
import { leaveOnSignals } from './leaving.ts'
import { createLog, type Log } from './log.ts'
import { explainConfig } from './messages/config.ts'
import { discordWords } from './messages/discord.ts'
import { cudaWords, explainFault } from './messages/faults.ts'
import { type Language, languageOfMachine } from './messages/language.ts'
import { explainProblem, modelsWords } from './messages/models.ts'
import { explainCrash, explainStart, startWords } from './messages/start.ts'
import { telegramWords } from './messages/telegram.ts'
import { terminalWords } from './messages/terminal.ts'
import { findOwnPictures } from './own-pictures.ts'
import { createService, type Service } from './service.ts'
import { loadSettings } from './settings-file.ts'
import { shareMachine } from './share-machine.ts'
import { letReadersLeave } from './standard-output.ts'
import { StartError } from './start-error.ts'
import { lockFolder } from './store/lock.ts'
import { openStore, type Store } from './store/store.ts'

// Docker and systemd kill ten seconds and more after SIGTERM; the rest of the way out takes one.
const STOP_DEADLINE_MS = 8_000

try {
  for (const unknown of loadSettings('.env')) console.error(startWords[languageHere()].unknownSetting(unknown))
  await run(parseArgv(process.argv.slice(2)))
} catch (error) {
  complain(error)
}

async function run(wanted: Wanted): Promise<void> {
  switch (wanted.kind) {
    case 'help':
      console.log(startWords[languageHere()].usage)
      return
    case 'error':
      console.error(explainStart(wanted.problem, languageHere()))
      process.exitCode = 1
      return
    case 'doctor':
      process.exitCode = runDoctor(readConfig(process.env).dataDir, console.log, languageHere()) ? 0 : 1
      return
    case 'cuda':
      process.exitCode = (await bringCuda(wanted.isCheck)) ? 0 : 1
      return
    case 'models':
      process.exitCode = await manageModels(wanted)
      return
    case 'imagine':
    case 'chat':
      return serve(wanted)
    default:
      wanted satisfies never
  }
}

/** `cuda`: downloads the provider, unless it only looks, and says what CUDA has and lacks here. True: nothing is lacking. */
async function bringCuda(isCheck: boolean): Promise<boolean> {
  const { checkCuda } = await import('../engine/cuda-check.ts')
  const { downloadProvider } = await import('../engine/cuda-provider.ts')
  const words = cudaWords[languageHere()]
  if (!isCheck && !downloadProvider()) console.log(`✗ ${words.notDownloaded}`)
  const findings = await checkCuda()
  for (const finding of findings) console.log(`${finding.state === 'good' ? '✓' : '✗'} ${words.found(finding)}`)
  return findings.every(({ state }) => state === 'good')
}

/** `models …`: the hub's library and all that it takes is loaded only then. Gives the exit status. */
async function manageModels(wanted: ModelsWanted): Promise<number> {
  letReadersLeave(false, startWords[languageHere()].fileFault)
  const { dataDir, modelDir: configured, hub, disk } = readConfig(process.env)
  const { createModels } = await import('../engine/checkpoint/models.ts')
  const stopping = new AbortController()
  // A second one ends the process as it is: what is on disk is what the next run goes on with.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const models = createModels({ dataDir, configured, hub, reserveBytes: disk.minFreeBytes, lock: lockFolder })
  const isBusy = (error: unknown) => error instanceof StartError && error.problem.code === 'locked'
  return runModels(
    {
      work: {
        ...models,
        explain: (error) =>
          isBusy(error) ? explainProblem({ code: 'busy', path: dataDir }, languageHere()) : explain(error),
      },
      words: modelsWords[languageHere()],
      output: process.stdout,
      errors: process.stderr,
      env: process.env,
      now: systemClock.now,
      signal: stopping.signal,
    },
    wanted,
  )
}

/** Builds the house, opens its doors, and closes them in order when the work is done or a signal says so. */
async function serve(wanted: Extract<Wanted, { kind: 'imagine' | 'chat' }>): Promise<void> {
  const { model, device } = wanted
  const given = readConfig({ ...process.env, ...(model && { MODEL: model }), ...(device && { DEVICES: device }) })
  const folders = modelFoldersOf(given.dataDir)
  const config = { ...given, modelDir: resolveModel(given.modelDir, folders) }
  // A bot's owner watches its log; a terminal shows a conversation instead.
  const isBot = wanted.kind === 'chat' && (config.discord !== undefined || config.telegram !== undefined)
  letReadersLeave(isBot, startWords[languageHere()].fileFault)
  // First: it makes the data folder.
  const store = openStore(config.dataDir)
  const inUse = holdModel(lockOfModel(config.modelDir, folders))
  const logPath = join(config.dataDir, 'logs', 'zimagine.log')
  const log = createLog({
    path: logPath,
    level: config.logLevel,
    secrets: secretsOf(config),
    ...(isBot && { echo: (line) => process.stdout.write(line) }),
  })
  const platforms = isBot ? await platformsOf(config, store, log) : []
  const terminal = platforms.length === 0 ? terminalOf(config, wanted) : undefined
  const chats = [...platforms.map(({ chat }) => chat), ...(terminal ? [terminal.chat] : [])]
  const engines = enginesOf(config, log)
  const deps = { config, store, engines, chats, clock: systemClock, ids: randomIds, log, encodePicture }
  const service = await createService(deps).catch(async (error) => {
    // Their threads would keep the process alive.
    await Promise.all(engines.map((engine) => engine.close()))
    throw error
  })
  const health = platforms.length > 0 ? await healthOf(config, service, platforms, log) : undefined
  const leave = leaveOnSignals({
    log,
    crashed: (error) => explainCrash(error, { dataDir: config.dataDir, log: logPath }, languageHere()),
    byNpm: process.env.npm_lifecycle_event === 'start',
    interrupt: () => terminal?.interrupt() ?? false,
    stop: () => {
      for (const platform of platforms) platform.close()
      return service.stop(STOP_DEADLINE_MS, async () => {
        await Promise.all(platforms.map((platform) => platform.stop()))
        await health?.close()
        inUse?.release()
      })
    },
  })

  // Said only now: whoever reads it may send a signal.
  log.info({ engines: service.services.engines.statuses(), platforms: chats.map(({ platform }) => platform) }, 'ready')
  try {
    for (const platform of platforms) platform.start(service.core)
    service.start()
    if (!terminal) return
    if (wanted.kind === 'imagine') process.exitCode = await terminal.imagine(service.core, wanted)
    else await terminal.talk(service.core)
  } catch (error) {
    complain(error)
  }
  await leave()
}

/** So that `models remove` leaves it alone. */
function holdModel(path: string | undefined): { release(): void } | undefined {
  try {
    return path === undefined ? undefined : lockFolder(path)
  } catch {
    // From a folder that cannot be written nothing can be removed, and of several processes with one model one has the lock.
    return undefined
  }
}

/** One for each device. */
function enginesOf(config: Config, log: Log): Engine[] {
  const { deviceMemoryBytes, devices, engineIdleMs } = config
  const shares = shareMachine(devices, availableParallelism())
  return devices.map((wanted, i) => {
    const about = { engine: i + 1, ...wanted }
    return createEngine({
      model: config.modelDir,
      ...wanted,
      ...shares[i],
      ...(deviceMemoryBytes && { deviceMemoryBytes }),
      ...(engineIdleMs > 0 && { idle: { ms: engineIdleMs, after: systemClock.after } }),
      onCrash: (error) => log.error({ ...about, err: error }, 'the engine crashed'),
      onState: (state) => log[state === 'unloaded' ? 'info' : 'debug']({ ...about, state }, 'engine'),
    })
  })
}

function terminalOf(config: Config, wanted: ImagineOnce | { readonly kind: 'chat' }): Terminal {
  return createTerminal({
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    env: process.env,
    dataDir: config.dataDir,
    words: terminalWords[languageHere()],
    locale: languageHere(),
    now: systemClock.now,
    ...(wanted.kind === 'imagine' && { once: wanted }),
  })
}

/** Of whoever sits at this machine. Not the configuration's: whoever got that wrong is told so, too. */
function languageHere(): Language {
  return languageOfMachine(process.env)
}

/** Those whose token is configured. Their libraries are loaded only then. */
async function platformsOf(config: Config, store: Store, log: Log): Promise<Platform[]> {
  const common = { commands: commandTable(), dataDir: config.dataDir, clock: systemClock }
  const platforms: Platform[] = []
  if (config.discord) {
    const { createDiscord } = await import('../adapters/discord/discord.ts')
    const notes = store.notes.of('discord')
    const discord = createDiscord({
      ...common,
      ...config.discord,
      words: discordWords,
      log: log.child({ platform: 'discord' }),
      store: {
        read: () => notes.recall('memory')?.toString(),
        write: (text) => notes.note('memory', text),
      },
    })
    platforms.push(discord)
  }
  if (config.telegram) {
    const { createTelegram } = await import('../adapters/telegram/telegram.ts')
    const telegram = createTelegram({
      ...common,
      ...config.telegram,
      words: telegramWords,
      owners: config.admins.flatMap(({ platform, account }) => (platform === 'telegram' ? account : [])),
      memory: { ...store.inbox.of('telegram', systemClock), ...store.notes.of('telegram') },
      findPictures: (account, words, limit) => findOwnPictures(store, 'telegram', account, words, limit),
      log: log.child({ platform: 'telegram' }),
    })
    platforms.push(telegram)
  }
  return platforms
}

/** Serves `/healthz` and `/metrics`. Where the port is taken the bot works without. */
async function healthOf(config: Config, service: Service, platforms: readonly Platform[], log: Log) {
  if (config.healthPort === 0) return undefined
  const check = () => ({
    ...healthOfHouse(service.services),
    ...Object.fromEntries(platforms.map(({ chat, health }) => [chat.platform, health()])),
  })
  try {
    return await serveHealth({ port: config.healthPort, metrics: service.metrics, check })
  } catch (error) {
    log.warn({ err: error }, 'no health port')
    console.error(startWords[languageHere()].noHealthPort(config.healthPort, (error as Error).message))
    return undefined
  }
}

/** The end of what can't be done: a sentence, and exit status 1. What nobody expected is thrown on. */
function complain(error: unknown): void {
  const sentence = explain(error)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exitCode = 1
}

/** What the person at the keyboard can mend: a sentence says all, a stack trace nothing. Undefined: nobody expected it. */
function explain(error: unknown): string | undefined {
  if (error instanceof StartError) return explainStart(error.problem, languageHere())
  if (error instanceof ModelsError) return explainProblem(error.problem, languageHere())
  if (error instanceof ConfigError) return explainConfig(error.problems, languageHere())
  if (error instanceof EngineError) return explainFault(error, languageHere())
  // A data folder that is a file, or somebody else's.
  return error instanceof Error && 'syscall' in error ? startWords[languageHere()].fileFault(error.message) : undefined
}
