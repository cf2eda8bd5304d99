/** Licences that ask for no more than a notice. Each was read once; a new one is added here, or is an exception. */
export const ALLOWED_LICENSES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
])

/**
 * Whether an SPDX expression can be satisfied with allowed licences: one side of each OR, both sides of each AND. AND binds more
 * tightly. A licence WITH an exception is not allowed, because nobody has read it. Anything malformed is not allowed.
 * https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
 */
export function isAllowedLicense(expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let isComplete = true
  const allowed = either()
  return allowed && isComplete && tokens.length === 0

  function either(): boolean {
    let allowed = all()
    while (next('OR')) allowed = all() || allowed
    return allowed
  }

  function all(): boolean {
    let allowed = one()
    while (next('AND')) allowed = one() && allowed
    return allowed
  }

  function one(): boolean {
    if (!next('(')) {
      const [license] = tokens.splice(0, 1)
      isComplete &&= license !== undefined
      return ALLOWED_LICENSES.has(license ?? '')
    }
    const allowed = either()
    isComplete &&= next(')')
    return allowed
  }

  function next(token: string): boolean {
    if (tokens[0] !== token) return false
    tokens.shift()
    return true
  }
}
