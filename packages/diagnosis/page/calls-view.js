/** @import { CallView, Search } from './types.d.ts' */
import { createCallCard } from './call-card.js'
import { byId, el, show } from './dom.js'
import { counted } from './words.js'

/** Shows the list of calls. Cards stay as they are while they are listed: open ones stay open. */
export function createCallsView() {
  /** @type {Map<string, ReturnType<typeof createCallCard>>} */
  const cards = new Map()
  const list = byId('calls')
  let openedFirst = false

  /** @param {string} sessionId */
  function cardOf(sessionId) {
    const card = cards.get(sessionId) ?? createCallCard(sessionId)
    cards.set(sessionId, card)
    return card
  }

  return {
    /**
     * @param {CallView[]} calls the newest first
     * @param {Search} search
     * @param {number} now epoch ms, by the server's clock
     */
    render(calls, search, now) {
      const listed = calls.map(call => {
        const card = cardOf(call.sessionId)
        card.render(call, now)
        return card
      })
      for (const [sessionId] of cards)
        if (!calls.some(call => call.sessionId === sessionId)) cards.delete(sessionId)
      place(
        list,
        listed.map(({ item }) => item),
      )
      const isOnly = listed.length === 1 && search.text !== ''
      if ((!openedFirst || isOnly) && listed[0]) {
        openedFirst = true
        if (listed[0].item.dataset.opened === undefined) listed[0].open()
        listed[0].item.dataset.opened = ''
      }
      const isEmpty = calls.length === 0
      show(byId('calls-count'), calls.length, () => (isEmpty ? [] : [counted(calls.length, 'call')]))
      const empty = byId('no-calls')
      empty.hidden = !isEmpty
      if (isEmpty) show(empty, search, () => emptyState(search))
    },
  }
}

/**
 * Moves only what is not in its place, because an element that is moved loses the focus.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} items
 */
function place(list, items) {
  for (const item of [...list.children]) if (!items.includes(/** @type {HTMLElement} */ (item))) item.remove()
  for (const [index, item] of items.entries())
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null)
}

const ages = /** @type {Record<string, string>} */ ({
  '5m': '5 minutes',
  '15m': '15 minutes',
  '1h': 'hour',
  '6h': '6 hours',
})

/** @param {Search} search */
function emptyState({ text, since }) {
  if (text === '' && since === '') {
    return ['No call yet. Place one with: ', el('code', 'npm run ringer -- call --to bob')]
  }
  const what = text === '' ? 'No call' : `No call to “${text}”, and no session of this name,`
  const when = since === '' ? 'is on record' : `in the last ${ages[since] ?? since}`
  return [`${what} ${when}. Clear the search to see all calls.`]
}
