import type { Text } from '../chat.ts'
import type { UserErrorCode, UserErrors } from '../user-error.ts'
import { inCredits, many } from './en-phrases.ts'
import { credits, moment, square } from './format.ts'
import { code, codes, join, say, strong, typed } from './text.ts'

export type ErrorSentences = { readonly [Code in UserErrorCode]: (details: UserErrors[Code]) => Text }

/** What to say in a person's situation: what is the matter, and what would work. */
export const enErrors: ErrorSentences = {
  'unknown-command': ({ command }) => say`I don't know ${typed(`/${command}`)}. ${code('/help')} tells what I can do.`,
  'unknown-flag': ({ flag, known }) => say`I don't know ${typed(flag)}. I know ${codes(known)}`,
  'flag-without-value': ({ flag }) => say`${typed(flag)} needs a value after it.`,
  'left-over': ({ words }) => say`I don't know what to do with ${typed(words)}.`,
  missing: ({ param }) => say`${code(param)} is missing.`,
  'not-a-number': ({ param, value }) => say`${code(param)} must be a number; ${typed(value)} is not one.`,
  'not-whole': ({ param, value }) => say`${code(param)} must be a whole number; ${typed(value)} is not one.`,
  'out-of-range': ({ param, value, min, max }) => {
    if (min === undefined) return say`${code(param)} is at most ${max}, not ${typed(value)}.`
    if (max === undefined) return say`${code(param)} is at least ${min}, not ${typed(value)}.`
    return say`${code(param)} goes from ${min} to ${max}; ${typed(value)} is outside.`
  },
  'not-a-choice': ({ param, value, choices }) =>
    say`${code(param)} can't be ${typed(value)}. It can be ${codes(choices)}`,
  'too-long': ({ param, max, length }) => say`${code(param)} may have ${max} characters; this has ${length}.`,

  'bad-size': ({ value, example }) =>
    say`A size is two multiples of 16, such as ${code(example)}; ${typed(value)} is not.`,
  'size-outside': ({ value, minEdgePx, maxEdgePx }) =>
    say`This model draws edges from ${minEdgePx} to ${maxEdgePx} pixels; ${typed(value)} is outside.`,
  'only-size': ({ value, widthPx, heightPx }) =>
    say`This model draws only ${code(`${widthPx}x${heightPx}`)}, so ${typed(value)} is not possible.`,
  'not-together': ({ params: [one, other] }) =>
    say`${code(one)} and ${code(other)} don't go together: please choose one.`,
  'too-many-steps': ({ steps, max }) => say`This model takes at most ${many(max, 'step')}, not ${steps}.`,

  'admins-only': ({ command }) => say`${code(`/${command}`)} is for the admins of this bot (ADMINS in its settings).`,
  'moderators-only': ({ command }) => say`${code(`/${command}`)} is for those who look after this chat.`,
  'not-yours': ({ job }) => say`Picture #${job} is somebody else's; only they or a moderator can do that.`,
  blocked: ({ reason, until }) =>
    join(
      [
        'You may not ask for pictures here',
        until !== undefined && say`until ${moment(until)}`,
        reason && typed(reason),
      ],
      ' · ',
    ),
  'chat-closed': ({ reason }) => join(['Pictures are not drawn in this chat.', reason && typed(reason)], ' '),
  'chat-not-open': () => say`Pictures are not drawn in this chat yet. Whoever runs this bot can allow it.`,
  'denied-word': ({ word }) => say`Pictures with ${typed(word)} are not drawn here.`,

  'not-enough-credits': ({ left, cost, refillsAt, perDay }) =>
    join(
      [
        say`This costs ${strong(inCredits(cost))} and you have ${strong(credits(left))} left.`,
        perDay > 0 &&
          (refillsAt === undefined
            ? `That is more than a day's ${credits(perDay)}: it takes fewer steps or a smaller picture.`
            : say`Your ${credits(perDay)} a day refill ${moment(refillsAt)}.`),
      ],
      ' ',
    ),
  'line-full': ({ waiting, max }) =>
    say`You have ${many(waiting, 'picture')} in line already, and ${max} is the most. The next one frees a place.`,
  'chat-line-full': ({ waiting, max }) =>
    say`This chat has ${many(waiting, 'picture')} in line, and ${max} is the most. A little later, please.`,
  'house-full': ({ waiting }) => say`The whole line is full with ${many(waiting, 'picture')}. A little later, please.`,
  'too-large': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} is larger than you may ask for: at most ${maxPixels} pixels, such as ${code(square(maxPixels))}.`,
  'too-large-here': ({ widthPx, heightPx, maxPixels }) =>
    say`${widthPx}×${heightPx} is larger than this machine has memory for: at most ${maxPixels} pixels, such as ${code(square(maxPixels))}.`,
  'steps-not-allowed': ({ steps, max }) => say`You may ask for at most ${many(max, 'step')}, not ${steps}.`,
  draining: () => say`I finish what is in line and take nothing new for now. A little later, please.`,
  'disk-full': () => say`There is no room for new pictures at the moment. Whoever runs this bot has to make some.`,

  'no-such-job': ({ job }) => say`There is no picture #${job} that you can see here.`,
  'no-jobs': () => say`You have no pictures yet. Try ${code('/imagine a fox in the snow')}.`,
  'nothing-waits': () => say`You have nothing in line.`,
  'not-waiting': ({ job }) => say`Picture #${job} is no longer in line, so there is nothing to cancel.`,
  'prompt-forgotten': ({ job }) => say`The words of picture #${job} were forgotten, so it can't be drawn again.`,
  'picture-gone': ({ job }) => say`There is no picture of #${job} to delete.`,
  'not-our-picture': () =>
    say`I did not draw this picture, or it was changed since, and it tells nothing about itself.`,
  'not-a-picture': () => say`I can't read this file as a picture.`,
  'no-picture': () => say`There is no picture in that message.`,
  'picture-not-fetched': () =>
    say`I could not get this picture: it may be too large, or no longer there. Please send it once more.`,

  'bad-code': () => say`This code is not known, or too old. ${code('/link')} on the other platform makes a new one.`,
  'own-code': () => say`This code is your own. Type it on the other platform.`,
  'no-such-person': ({ who }) => say`I know nobody called ${typed(who)}.`,
  'several-people': ({ who, accounts }) => say`Several people are called ${typed(who)}: ${codes(accounts)}`,
  'person-only': ({ action }) => say`${code(action)} is not possible for that; name another target.`,
  'own-chat-only': ({ action }) => say`You may ${code(action)} only ${code('here')}: this chat.`,
  'bad-duration': ({ value }) => say`${typed(value)} is not a length of time. Try ${codes(['30m', '12h', '7d', '2w'])}`,
  'export-too-large': () =>
    say`More is stored about you than a message can hold, even packed. Whoever runs this bot can hand it to you.`,
  'nothing-to-change': () => say`There is nothing to change.`,
}
