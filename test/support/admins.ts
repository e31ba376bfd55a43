/** `platform:account`, separated by commas, also of platforms that the configuration does not know. */
export function adminsOf(text: string): { platform: string; account: string }[] {
  return text.split(',').flatMap((admin) => {
    const [platform, account] = admin.split(':')
    return platform && account ? { platform, account } : []
  })
}
