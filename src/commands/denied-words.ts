// A mark on a Latin or Greek letter is an accent, and on a Cyrillic one, but for the breve: й is no и. Elsewhere it is part of
// the letter: バ is no ハ, का no क. Hebrew and Arabic write their vowels, and stretch a word, or do not: أ is no ا. Each run of
// marks is read once: a prompt may be nothing else.
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Hebrew}])\p{M}+/gu
const MARKED_CYRILLIC = /\p{Script=Cyrillic}\p{M}+/gu
const CYRILLIC_ACCENTS = /(?!\u0306)[\u0300-\u036f]/gu
const ARABIC_VOWELS = /[\u0640\u064b-\u0652\u0670]/gu

/**
 * Letters without accents, case, width or what is invisible between them: how words are stored and compared. Up before they go
 * down, because ß and SS are the same letters.
 */
export function foldWord(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(ACCENTED, '$1')
    .replace(MARKED_CYRILLIC, (marked) => marked.replace(CYRILLIC_ACCENTS, ''))
    .replace(ARABIC_VOWELS, '')
    .toUpperCase()
    .toLowerCase()
    .trim()
    .replace(/\s+/gu, ' ')
}

/**
 * The first denied word that stands in the text as a whole word: "ass" is not in "glass". Words of scripts that write
 * without spaces are found anywhere, also with spaces and symbols between their characters. `words` are folded.
 */
export function findDeniedWord(words: readonly string[], text: string): string | undefined {
  const folded = foldWord(text)
  return words.find((word) => mayHold(folded, word) && pattern(word).test(folded))
}

const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
// What people put between characters so that a word is not found; but what ends a part of a sentence ends the word, too.
const BETWEEN = '[[\\s\\p{P}\\p{S}]--[,;\\:!?。、]]*'

/** Cheaper than the pattern: most words are in no prompt. */
function mayHold(text: string, word: string): boolean {
  return WITHOUT_SPACES.test(word) ? charactersOf(word).every((one) => text.includes(one)) : text.includes(word)
}

function pattern(word: string): RegExp {
  if (!WITHOUT_SPACES.test(word))
    return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])${RegExp.escape(word)}(?![\\p{L}\\p{M}\\p{N}_])`, 'u')
  const characters = charactersOf(word).map((one) => RegExp.escape(one))
  return new RegExp(`${characters.join(BETWEEN)}(?!\\p{M})`, 'v')
}

function charactersOf(word: string): string[] {
  return [...word.replaceAll(' ', '')]
}
