/** Changes when the same request may give other pixels; it is stored with every picture. */
export const ENGINE_VERSION = '2'
