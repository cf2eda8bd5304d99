import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Finds links of the built pages that lead to no file of the site, or to no anchor of a page. */
export function findDeadLinks(folder: string, pages: readonly string[]): string[] {
  const anchors = new Map<string, Set<string>>()
  const read = (page: string) => readFileSync(join(folder, page), 'utf8')
  const anchorsOf = (page: string) => {
    const known =
      anchors.get(page) ?? new Set(Array.from(read(page).matchAll(/ id="([^"]+)"/g), ([, id = '']) => id))
    anchors.set(page, known)
    return known
  }
  return pages.flatMap(page => {
    const links = Array.from(read(page).matchAll(/ (?:href|src)="([^"]*)"/g), ([, link = '']) => link)
    return links
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : relative(folder, join(folder, dirname(page), path))
        if (!existsSync(join(folder, target))) return true
        return anchor !== undefined && target.endsWith('.html') && !anchorsOf(target).has(anchor)
      })
      .map(link => `${page}: ${link}`)
  })
}
