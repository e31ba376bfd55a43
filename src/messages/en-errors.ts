import type { Text } from '../chat.ts'
import type { UserErrorCode, UserErrors } from '../user-error.ts'
import { inCredits, many } from './en-phrases.ts'
import { credits, moment, square } from './format.ts'
import { code, codes, join, say, strong, typed } from './text.ts'

export type ErrorSentences = { readonly [Code in UserErrorCode]: (details: UserErrors[Code]) => Text }

/** What to say in a person's situation: what is the matter, and what would work. */
export const enErrors: ErrorSentences = {
  'unknown-command': ({ command }) => say`I don't know ${typed(`/${command}`)}. ${code('/help')} shows what I can do.`,
  'unknown-flag': ({ flag, known }) => say`I don't know ${typed(flag)}. These work: ${codes(known)}`,
  'flag-without-value': ({ flag }) => say`${typed(flag)} needs a value after it.`,
  'left-over': ({ words }) => say`I don't know what to do with ${typed(words)}.`,
  missing: ({ param, choices }) =>
    say`${code(param)} is missing.${choices && say` It can be ${codes(choices.map(({ en }) => en))}`}`,
  'not-a-number': ({ param, value }) => say`${code(param)} must be a number, not ${typed(value)}.`,
  'not-whole': ({ param, value }) => say`${code(param)} must be a whole number, not ${typed(value)}.`,
  'out-of-range': ({ param, value, min, max }) => {
    if (min === undefined) return say`${code(param)} can be at most ${max}, not ${typed(value)}.`
    if (max === undefined) return say`${code(param)} must be at least ${min}, not ${typed(value)}.`
    return say`${code(param)} must be from ${min} to ${max}, not ${typed(value)}.`
  },
  'not-a-choice': ({ param, value, choices }) =>
    say`${code(param)} can't be ${typed(value)}. It can be ${codes(choices.map(({ en }) => en))}`,
  'too-long': ({ param, max, length }) => say`${code(param)} can have at most ${max} characters; this has ${length}.`,

  'bad-size': ({ value, example }) =>
    say`${typed(value)} is not a size. Use two multiples of 16, such as ${code(example)}.`,
  'size-outside': ({ value, minEdgePx, maxEdgePx }) =>
    say`This model draws from ${minEdgePx} to ${maxEdgePx} pixels a side, so ${typed(value)} is not possible.`,
  'only-size': ({ value, widthPx, heightPx }) =>
    say`This model only draws ${code(`${widthPx}x${heightPx}`)}, so ${typed(value)} is not possible.`,
  'not-together': ({ params: [one, other] }) =>
    say`${code(one)} and ${code(other)} don't go together: please choose one.`,
  'too-many-steps': ({ steps, max }) => say`This model takes at most ${many(max, 'step')}, not ${steps}.`,

  'admins-only': ({ command }) => say`${code(`/${command}`)} is only for this bot's admins (ADMINS in its settings).`,
  'admins-decided': () => say`One of this bot's admins decided this, so only they can change it.`,
  'moderators-only': ({ command }) => say`${code(`/${command}`)} is only for this chat's moderators.`,
  'not-yours': ({ job }) => say`Picture #${job} is somebody else's; only they or a moderator can do that.`,
  blocked: ({ reason, until }) =>
    join(
      ["You can't ask for pictures here", until !== undefined && say`ends ${moment(until)}`, reason && typed(reason)],
      ' · ',
    ),
  'chat-closed': ({ reason }) => join(["I don't draw in this chat.", reason && typed(reason)], ' '),
  'chat-not-open': () => say`I don't draw in this chat yet. Whoever runs this bot can allow it.`,
  'denied-word': ({ word }) => say`I don't draw ${typed(word)} here.`,

  'not-enough-credits': ({ left, cost, refillsAt, perDay }) =>
    join(
      [
        say`This costs ${strong(inCredits(cost))}, and you have ${strong(credits(left))} left.`,
        perDay > 0 &&
          (refillsAt === undefined
            ? `That is more than your ${credits(perDay)} a day: try fewer steps or a smaller picture.`
            : say`Your ${credits(perDay)} a day refill ${moment(refillsAt)}.`),
      ],
      ' ',
    ),
  'line-full': ({ waiting, max }) =>
    say`You already have ${many(waiting, 'picture')} in line; the most is ${max}. A place frees up as each one is done.`,
  'chat-line-full': ({ waiting, max }) =>
    say`This chat has ${many(waiting, 'picture')} in line; the most is ${max}. Please try again a little later.`,
  'house-full': ({ waiting }) => say`The line is full: ${many(waiting, 'picture')}. Please try again a little later.`,
  'too-large': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} is larger than you can ask for: at most ${maxPixels} pixels, such as ${code(square(maxPixels))}.`,
  'too-large-here': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} is too large for this machine's memory: at most ${maxPixels} pixels, such as ${code(square(maxPixels))}.`,
  'steps-not-allowed': ({ steps, max }) => say`You can ask for at most ${many(max, 'step')}, not ${steps}.`,
  draining: () => say`I'm finishing what is in line and taking nothing new for now. Please try again later.`,
  'disk-full': () => say`There is no room for new pictures right now. Whoever runs this bot has to make some.`,

  'no-such-job': ({ job }) => say`There is no picture #${job} that you can see here.`,
  'no-jobs': () => say`You have no pictures yet. Try ${code('/imagine a fox in the snow')}.`,
  'nothing-waits': () => say`You have nothing in line.`,
  'not-waiting': ({ job }) => say`Picture #${job} is no longer in line, so there is nothing to cancel.`,
  'prompt-forgotten': ({ job }) => say`The prompt of picture #${job} is no longer kept, so it can't be drawn again.`,
  'picture-gone': ({ job }) => say`#${job} has no picture to delete.`,
  'nothing-to-save': ({ job }) => say`#${job} has no picture that could be saved.`,
  'not-our-picture': () =>
    say`I didn't draw this picture, or it was changed since, and it doesn't say how it was made.`,
  'not-a-picture': () => say`I can't read this file as a picture.`,
  'no-picture': () => say`There is no picture in that message.`,
  'picture-not-fetched': () => say`I couldn't fetch this picture: it may be too large, or gone. Please send it again.`,

  'bad-code': () =>
    say`This code is unknown or has expired. Get a new one with ${code('/link')} on the other platform.`,
  'own-code': () => say`This is your own code. Type it on the other platform.`,
  'no-such-person': ({ who }) =>
    say`I don't know anyone called ${typed(who)}. Whoever has not written to me yet goes by their id, a number.`,
  'several-people': ({ who, accounts }) => say`Several people are called ${typed(who)}: ${codes(accounts)}`,
  'person-only': ({ action }) => say`${code(action)} can't be used on that; please name another target.`,
  'own-chat-only': ({ action }) => say`You can use ${code(action)} only for ${code('here')}: this chat.`,
  'bad-duration': ({ value }) => say`${typed(value)} is not a duration. Try ${codes(['30m', '12h', '7d', '2w'])}`,
  'export-too-large': () =>
    say`Your data doesn't fit into a message, even compressed. Whoever runs this bot can give it to you.`,
  'nothing-to-change': () => say`There is nothing to change.`,
}
