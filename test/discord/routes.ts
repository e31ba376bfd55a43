/** Where Discord is told what: the paths that faults are planned for. */
export const CALLBACK = /^\/interactions\/.*\/callback$/u
export const ORIGINAL = /^\/webhooks\/.*\/messages\//u
export const FOLLOW_UP = /^\/webhooks\/\d+\/[^/]+$/u
export const POST = /^\/channels\/\d+\/messages$/u
