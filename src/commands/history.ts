import type { Button } from '../chat.ts'
import { lines } from '../messages/text.ts'
import { type Call, defineCommand } from './define.ts'
import { isSecret } from './own-job.ts'

// Fits a phone's screen and one row of buttons.
const PAGE = 5
// Telegram: callback data is 64 bytes. `history:--page 99999 --starred ` takes up to 32 of them.
const SEARCH_BYTES = 32
const MAX_PAGE = 99_999

/** One's own pictures, newest first; with words, those whose prompts hold them. */
export const history = defineCommand({
  name: 'history',
  params: {
    search: { kind: 'text', rest: true, maxLength: 200 },
    page: { kind: 'integer', min: 1, max: MAX_PAGE },
    starred: { kind: 'flag' },
  },
  access: 'everyone',
  run(call, { search, page = 1, starred }) {
    const { messages, incoming } = call
    const found = findJobs(call, search, page, starred)
    const jobs = found.slice(0, PAGE)
    // Only then: counting reads all of them.
    const pages = jobs.length === 0 && page > 1 ? Math.ceil(countJobs(call, search, starred) / PAGE) : undefined
    const rows = jobs.map((job) => messages.history.row({ ...job, seed: job.request.seed, moment: job.createdAt }))
    const open = jobs.map((job): Button => ({ id: `show:${job.id}`, label: `#${job.id}` }))
    const turn = pageButtons(call, { search, previous: pages ?? page - 1, page, starred, more: found.length > PAGE })
    return {
      // A page turned in place, where a button of the page before was pressed.
      kind: incoming.pressed && 'replace',
      text: lines(
        messages.history.title({ search, page, starred }),
        ...rows,
        rows.length === 0 &&
          (pages ? messages.history.pastEnd(pages) : messages.history.empty(search !== undefined, starred)),
        found.length > PAGE && turn.length === 0 && messages.history.turnByHand(page + 1),
      ),
      buttons: [open, turn].filter((row) => row.length > 0),
      private: true,
      secret: jobs.some((job) => isSecret(call, job)),
    }
  },
})

function findJobs({ services, person }: Call, search: string | undefined, page: number, starred: boolean) {
  const { jobs, prompts } = services.store
  const window = { person, limit: PAGE + 1, offset: (page - 1) * PAGE, starred }
  return search === undefined ? jobs.history(window) : prompts.search({ ...window, words: search })
}

function countJobs({ services, person }: Call, search: string | undefined, starred: boolean): number {
  const { jobs, prompts } = services.store
  return search === undefined
    ? jobs.countHistory({ person, starred })
    : prompts.count({ person, words: search, starred })
}

function pageButtons(
  { messages }: Call,
  at: { search: string | undefined; previous: number; page: number; starred: boolean; more: boolean },
): Button[] {
  const search = at.search ?? ''
  if (Buffer.byteLength(search) > SEARCH_BYTES) return []
  const to = (page: number) => `history:--page ${page}${at.starred ? ' --starred' : ''} ${search}`.trim()
  return [
    ...(at.previous > 0 ? [{ id: to(at.previous), label: messages.buttons.previous }] : []),
    ...(at.more && at.page < MAX_PAGE ? [{ id: to(at.page + 1), label: messages.buttons.next }] : []),
  ]
}
