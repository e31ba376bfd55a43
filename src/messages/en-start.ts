import { PRECISIONS } from '../models-port.ts'
import { enCommands } from './en-commands.ts'

const { params } = enCommands.imagine

/** What is said to whoever starts the program, before it is one chat or another that speaks. */
export const enStart = {
  usage: `npm start                                  a chat here, or the bot if Discord or Telegram is configured
npm start -- imagine "a slice of pizza"    one picture
npm start -- models get z-image-turbo      downloads a model (also z-image, or any owner/name on the hub)
npm start -- models list                   lists the models you have
npm start -- models check NAME             checks every tensor of one
npm start -- models prepare NAME           makes a smaller copy of one, int8 by default
npm start -- models remove NAME            deletes one
npm start -- doctor                        checks the database
npm start -- cuda                          downloads ONNX Runtime's CUDA provider, and says what CUDA still lacks (--check: only that)
npm start -- help                          shows this

Settings of imagine:
  --seed N        ${params.seed}
  --size WxH      ${params.size}
  --aspect W:H    ${params.aspect} (also --ar)
  --steps N       ${params.steps}
  --count N       ${params.count} (also --n)
  --negative "…"  ${params.negative} (also --no)
  --guidance N    ${params.guidance} (also --cfg)
  --style NAME    ${params.style}
  --vary N        ${params.vary}
  --private       ${params.private}
  --out PATH      Copy the PNG there: a name ending in .png, or a folder
  --json          One JSON object per picture; with npm start -s -- nothing else

Settings of imagine and chat:
  --model NAME    Another model: a name or a folder
  --device NAME   auto, cpu, webgpu, cuda or cuda:N; several separated by commas

Settings of models get and models prepare:
  --revision X    A branch, a tag or a commit (get only)
  --precision P   Precision of the smaller copy: ${PRECISIONS.join(', ')}`,

  problems: {
    'unknown-command': ({ got, known }: { readonly got: string; readonly known: readonly string[] }) =>
      `There is no command ${got}; the commands are ${known.join(', ')}.`,
    'foreign-option': ({ option, command, known }: ForeignOption) =>
      `${command} does not take ${option}: it takes ${known.length > 0 ? known.join(', ') : 'no options'}.`,
    'no-value': ({ option }: Option) =>
      `${option} needs a value after it. Join one that begins with a dash: ${option}=-1`,
    'needless-value': ({ option }: Option) => `${option} takes no value.`,
    'bad-value': ({ option, got, known }: BadValue) => `${option} can't be ${got}. It can be ${known.join(', ')}.`,
    'left-over': ({ command, words }: { readonly command: string; readonly words: string }) =>
      `${command}: I don't know what to do with ${words}.`,
    'no-prompt': ({ command }: Command) => `What shall I draw? For example: npm start -- ${command} "a slice of pizza"`,
    'no-name': ({ command }: Command) =>
      `${command} needs a name, such as z-image-turbo. npm start -- models list shows yours.`,
    locked: ({ path }: Path) =>
      `zimagine is already running with this data folder (${path} is locked). Stop it first, or give this one another DATA_DIR.`,
    'newer-database': ({ path, version, known }: NewerDatabase) =>
      `${path} is at version ${version}, but this program only knows ${known}: run the newer program, or restore a backup.`,
    'other-database': ({ path }: Path) =>
      `${path} is at an older version than this program: start the service once to migrate it.`,
    'unusable-folder': ({ path, reason }: Path & { readonly reason: string }) =>
      `${path} can't be the data folder: ${reason}. Set DATA_DIR in .env to a folder that you may write to.`,
    'unusable-database': ({ path, reason }: Path & { readonly reason: string }) => `${path} can't be used: ${reason}`,
  },

  unknownSetting: ({ name, nearest }: UnknownSetting) =>
    `.env: ${name} is no setting of zimagine's.${nearest ? ` Did you mean ${nearest}?` : ''}`,
  noHealthPort: (port: number, reason: string) =>
    `HEALTH_PORT ${port}: ${reason}. The bot works without it; choose another port, or 0 for none.`,
  /** Of a file or folder of whoever starts the program. */
  fileFault: (reason: string): string => reason,
  crashed: (log: string) => `zimagine has stopped after an unexpected error, which is in ${log}.`,
  diskFull: (dataDir: string) =>
    `zimagine has stopped: the disk with ${dataDir} is full. Make room and start it again; nothing is lost.`,
}

interface Option {
  readonly option: string
}

interface ForeignOption extends Option {
  readonly command: string
  /** What the command takes. */
  readonly known: readonly string[]
}

interface BadValue extends Option {
  readonly got: string
  readonly known: readonly string[]
}

interface Command {
  readonly command: string
}

interface UnknownSetting {
  readonly name: string
  /** What was probably meant. */
  readonly nearest: string | undefined
}

interface Path {
  readonly path: string
}

interface NewerDatabase extends Path {
  readonly version: number
  readonly known: number
}
