import { type StyleId, styleIds } from '../styles.ts'
import type { Call } from './define.ts'
import { ASPECTS, type Aspect, type Defaults, MAX_COUNT } from './drawing.ts'

/** What the person set for themselves. A value that no longer means anything is left out. */
export function defaultsOf({ services, person }: Call): Defaults {
  const { aspect, count, style } = services.store.settings.all(person)
  const pictures = Number(count)
  return {
    aspect: ASPECTS.find((known): known is Aspect => known === aspect),
    count: Number.isInteger(pictures) && pictures >= 1 && pictures <= MAX_COUNT ? pictures : undefined,
    style: styleIds.find((known): known is StyleId => known === style),
  }
}
