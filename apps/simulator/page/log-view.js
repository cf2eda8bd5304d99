/** @import { Snapshot } from './types.d.ts' */
import { find, make } from './element.js'

/** @param {Snapshot['log'][number]} entry */
function line({ at, source, text }) {
  const item = make('li')
  item.dataset.source = source
  const time = make('time', '', clock(at))
  time.setAttribute('datetime', new Date(at).toISOString())
  item.append(make('span', 'source', source), make('span', '', text), time)
  return item
}

/** @param {number} at */
function clock(at) {
  const date = new Date(at)
  const pad = (/** @type {number} */ value, width = 2) => String(value).padStart(width, '0')
  return `${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

/** Shows the log, newest first. Only new lines are added to the page. */
export function createLogView() {
  let lastId = 0
  return {
    /** @param {Snapshot} snapshot */
    render({ log }) {
      const list = find('#log')
      // A restarted simulator counts from 1 again.
      if ((log.at(-1)?.id ?? 0) < lastId) {
        list.replaceChildren()
        lastId = 0
      }
      const fresh = log.filter(({ id }) => id > lastId)
      list.prepend(...fresh.toReversed().map(line))
      while (list.childElementCount > 100) list.lastElementChild?.remove()
      lastId = log.at(-1)?.id ?? lastId
      find('#no-log').hidden = list.childElementCount > 0
    },
  }
}
