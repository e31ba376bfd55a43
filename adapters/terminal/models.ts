import type { ModelReport, ModelRow, ModelsWords, ModelsWork, Watch } from '../../src/models-port.ts'
import type { ModelsWanted } from './argv.ts'
import { inked } from './ink.ts'
import { createProgressLine } from './progress-line.ts'
import { createScreen, type Output, type Screen } from './screen.ts'
import { widthOf } from './width.ts'

interface ModelsDeps {
  readonly work: ModelsWork
  readonly words: ModelsWords
  readonly output: Output
  /** For refusals. */
  readonly errors: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
  /** Ctrl-C. */
  readonly signal: AbortSignal
}

const STOPPED_STATUS = 130
const COMMAND = 'npm start -- models'

/** Does what `models …` asks for, and shows it. Resolves with the exit status: 0, 1 when it was refused, 130 after Ctrl-C. */
export async function runModels(deps: ModelsDeps, wanted: ModelsWanted): Promise<number> {
  const { work, words, errors, signal } = deps
  const screen = safe(createScreen(deps.output, deps.env))
  try {
    return await act(deps, screen, wanted)
  } catch (error) {
    if (signal.aborted) {
      screen.print(words.stopped(commandOf(wanted)))
      return STOPPED_STATUS
    }
    const sentence = work.explain(error)
    if (sentence === undefined) throw error
    screen.clear()
    errors.write(`${plain(sentence)}\n`)
    return 1
  }
}

async function act(deps: ModelsDeps, screen: Screen, wanted: ModelsWanted): Promise<number> {
  const { work, words } = deps
  switch (wanted.verb) {
    case 'get': {
      const { revision, precision } = wanted
      const place = await work.get(wanted.name, revision, watch(deps, screen, wanted.name))
      screen.print(place.already ? words.already(place) : words.got(place))
      return precision ? act(deps, screen, { kind: 'models', verb: 'prepare', name: place.name, precision }) : 0
    }
    case 'prepare': {
      const { name, precision } = wanted
      const place = await work.prepare(name, precision, watch(deps, screen, `${name} ${precision}`))
      screen.print(place.already ? words.already(place) : words.got(place))
      return 0
    }
    case 'list':
      screen.print(table(await work.list(), words))
      return 0
    case 'check': {
      const report = await work.check(wanted.name, watch(deps, screen, wanted.name))
      screen.print(reportLines(report, words).join('\n'))
      return report.ok ? 0 : 1
    }
    case 'remove':
      screen.print(words.removed(wanted.name, await work.remove(wanted.name)))
      return 0
    default:
      return wanted satisfies never
  }
}

function watch({ words, now, signal }: ModelsDeps, screen: Screen, name: string): Watch {
  const line = createProgressLine(name, { screen, words, now })
  return {
    signal,
    onProgress: line.update,
    onTrouble: (trouble) => screen.print(words.trouble(trouble)),
  }
}

/** A row a model; the last column, in words, is as long as it likes. */
function table(rows: readonly ModelRow[], words: ModelsWords): string {
  const cells = rows.map((row) => [
    `${row.configured ? '*' : ' '} ${row.name}`,
    row.path,
    words.bytes(row.bytes),
    row.state.kind === 'complete' ? row.state.precision : '',
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => widthOf(row[column]!))))
  return cells
    .map((row, index) => {
      const columns = row.map((cell, column) => {
        const space = ' '.repeat(widths[column]! - widthOf(cell))
        return column === 2 ? space + cell : cell + space
      })
      return [...columns, stateOf(rows[index]!, words)].join('  ').trimEnd()
    })
    .join('\n')
}

function stateOf({ state }: ModelRow, words: ModelsWords): string {
  switch (state.kind) {
    case 'complete':
      return words.complete
    case 'fetching':
      return words.fetching(state.repo, state.revision === 'main' ? undefined : state.revision, state.totalBytes)
    case 'preparing':
      return words.preparing
    case 'broken':
      return words.broken(state.fault)
    default:
      return state satisfies never
  }
}

function reportLines(report: ModelReport, words: ModelsWords): string[] {
  const parts = report.parts.flatMap(({ part, tensors, bytes, findings }) => [
    words.part(part, tensors, bytes),
    ...findings.map((finding) => `  ${words.finding(finding)}`),
  ])
  const verdict = report.ok ? words.sound(report.path) : words.unsound(report.path)
  return [...parts, ...report.faults.map((fault) => words.fault(fault)), verdict]
}

/** Names of tensors and files come from whoever wrote them: none moves the cursor. */
function safe(screen: Screen): Screen {
  return {
    ...screen,
    get columns() {
      return screen.columns
    },
    print: (text) => screen.print(plain(text)),
    status: (line) => screen.status(plain(line)),
  }
}

function plain(text: string): string {
  return inked([text], false)
}

/** The same command again, as somebody would type it. */
function commandOf(wanted: ModelsWanted): string | undefined {
  if (wanted.verb !== 'get' && wanted.verb !== 'prepare') return undefined
  const { verb, name, precision } = wanted
  const revision = verb === 'get' && wanted.revision ? ` --revision ${wanted.revision}` : ''
  return `${COMMAND} ${verb} ${name}${revision}${precision ? ` --precision ${precision}` : ''}`
}
