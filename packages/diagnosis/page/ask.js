/** @import { ServerAnswer } from './types.d.ts' */

/** The token is kept until the tab is closed. */
const TOKEN = 'ringer-admin-token'
const LIMIT_MS = 5_000

/** @param {string} token */
export const keepToken = token => sessionStorage.setItem(TOKEN, token)
export const forgetToken = () => sessionStorage.removeItem(TOKEN)
export const hasToken = () => sessionStorage.getItem(TOKEN) !== null

/**
 * Asks the server for JSON, with the token if there is one.
 *
 * @template Body
 * @param {string} path
 * @returns {Promise<ServerAnswer<Body>>} never rejects
 */
export async function ask(path) {
  const token = sessionStorage.getItem(TOKEN)
  try {
    const response = await fetch(path, {
      ...(token !== null && { headers: { authorization: `Bearer ${token}` } }),
      cache: 'no-store',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const body = await response.json()
    if (response.ok) return { ok: true, body }
    const message = body?.error?.message ?? `The server answered ${response.status}.`
    return { ok: false, status: response.status, message, body }
  } catch {
    return {
      ok: false,
      status: 0,
      message: 'The process does not answer. Is it still running?',
      body: undefined,
    }
  }
}
