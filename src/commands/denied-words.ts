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
 * without spaces are found anywhere. `words` are folded.
 */
export function findDeniedWord(words: readonly string[], text: string): string | undefined {
  const folded = foldWord(text)
  return words.find((word) => folded.includes(word) && pattern(word).test(folded))
}

const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

function pattern(word: string): RegExp {
  const escaped = RegExp.escape(word)
  return WITHOUT_SPACES.test(word)
    ? new RegExp(`${escaped}(?!\\p{M})`, 'u')
    : new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])${escaped}(?![\\p{L}\\p{M}\\p{N}_])`, 'u')
}
