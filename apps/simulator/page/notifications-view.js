/** @import { PhoneNotification, PhoneView } from './types.d.ts' */
import { find, make, write } from './element.js'

/**
 * Shows the notifications on a phone's lock screen, newest first. A card is kept as long as its notification is shown, so
 * that the focus is not lost.
 *
 * @param {HTMLElement} list
 * @param {PhoneView} first
 * @param {(notification: number) => void} dismiss
 */
export function createNotificationsView(list, first, dismiss) {
  /** @type {Map<number, HTMLElement>} */
  const cards = new Map()
  // Notifications that were there before the page was opened are not announced.
  let lastId = first.notifications[0]?.id ?? 0
  list.setAttribute('aria-label', `Notifications on ${first.name}`)

  return {
    /** @param {PhoneView} phone */
    render({ notifications, badge }) {
      const holds = (/** @type {HTMLElement} */ card) => card.contains(document.activeElement)
      const focused = [...cards.values()].findIndex(holds)
      for (const [id, card] of cards) {
        if (notifications.some(notification => notification.id === id)) continue
        cards.delete(id)
        card.remove()
      }
      for (const notification of notifications.toReversed()) {
        if (cards.has(notification.id)) continue
        const card = createCard(notification, first.name, () => dismiss(notification.id))
        cards.set(notification.id, card)
        list.prepend(card)
      }
      const newest = list.querySelector('.message')
      for (const card of list.children) {
        const count = find('.unread', card)
        count.hidden = card !== newest || !badge
        write(find('.number', count), badge ? String(badge) : '')
      }
      list.hidden = cards.size === 0
      // After a dismissal the focus moves to the next card, so that several can be dismissed in a row.
      if (focused >= 0 && ![...cards.values()].some(holds)) {
        const next = list.children[Math.min(focused, list.children.length - 1)]
        if (next) find('button', next).focus()
      }
    },
    /**
     * A sentence about what is new since the last call of this function, or ''.
     *
     * @param {PhoneView} phone
     */
    news({ name, notifications, badge }) {
      const fresh = notifications.filter(({ id }) => id > lastId)
      lastId = Math.max(lastId, ...fresh.map(({ id }) => id))
      if (fresh.length === 0) return ''
      const shown = fresh.map(({ title, text }) => [title, text].filter(Boolean).join(': '))
      const unread = badge && fresh.some(({ kind }) => kind === 'message') ? ` ${badge} unread.` : ''
      return `${name} shows “${shown.join('; ')}”.${unread}`
    },
  }
}

/**
 * @param {PhoneNotification} notification
 * @param {string} phoneName
 * @param {() => void} dismiss
 */
function createCard({ kind, title, text }, phoneName, dismiss) {
  const card = make('li', `notification ${kind}`)
  const icon = make('span', 'app')
  const unread = make('span', 'unread')
  unread.append(make('span', 'number'), make('span', 'visually-hidden', ' unread'))
  icon.append(unread)
  const words = make('p')
  words.append(make('strong', '', title), make('span', '', text))
  const button = make('button')
  button.setAttribute('type', 'button')
  button.setAttribute('aria-label', `Dismiss “${text || title}” on ${phoneName}`)
  button.append(make('span', 'cross'))
  button.addEventListener('click', dismiss)
  card.append(icon, words, button)
  return card
}
