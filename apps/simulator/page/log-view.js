/** @import { PageState } from './types.d.ts' */
import { find, make } from './element.js'

/** Shows the log, newest first. Only new lines are added to the page. A line that stands for a request opens it. */
export function createLogView() {
  let lastId = 0
  return {
    /** @param {PageState} snapshot */
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

/** @param {PageState['log'][number]} entry */
function line({ id, at, source, text, hasExchange }) {
  const item = make('li')
  item.dataset.source = source
  const time = make('time', '', clock(at))
  time.setAttribute('datetime', new Date(at).toISOString())
  const words = [make('span', 'source', source), make('span', 'text', text), time]
  if (!hasExchange) {
    const plain = make('p')
    plain.append(...words)
    item.append(plain)
    return item
  }
  const details = document.createElement('details')
  const summary = make('summary')
  summary.append(...words)
  details.append(summary)
  details.addEventListener('toggle', () => void open(id, details), { once: true })
  item.append(details)
  return item
}

/** @param {number} at */
function clock(at) {
  const date = new Date(at)
  const pad = (/** @type {number} */ value, width = 2) => String(value).padStart(width, '0')
  return `${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

/**
 * Loads the request and the answer behind a line, and shows them below it.
 *
 * @param {number} id
 * @param {HTMLElement} details
 */
async function open(id, details) {
  const response = await fetch(`/api/wires/${id}`)
  if (!response.ok) return details.append(make('p', 'empty', 'The simulator has forgotten this request.'))
  /** @type {{ request: { url: string, headers: Record<string, string>, body: string }, answer: { status: number, body: string } | null, curl: string }} */
  const { request, answer, curl } = await response.json()
  const { pathname, host } = new URL(request.url)
  const head = [
    `POST ${pathname}`,
    `host: ${host}`,
    ...Object.entries(request.headers).map(pair => pair.join(': ')),
  ]
  const sent = [...head, '', pretty(request.body)].join('\n')
  const said = answer ? [String(answer.status), pretty(answer.body)].join('\n').trim() : 'no answer'
  const copy = makeButton('Copy as curl', async button => {
    await navigator.clipboard.writeText(curl)
    button.textContent = 'Copied'
  })
  const replay = makeButton('Send again', async () => {
    await fetch(`/api/wires/${id}/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  })
  const buttons = make('p', 'wire-buttons')
  buttons.append(copy, replay)
  details.append(raw('The request', sent), raw('The answer', said), buttons)
}

/**
 * @param {string} name
 * @param {string} text
 */
function raw(name, text) {
  const element = make('pre', '', text)
  // The keyboard must be able to scroll it.
  element.tabIndex = 0
  element.setAttribute('role', 'group')
  element.setAttribute('aria-label', name)
  return element
}

/**
 * @param {string} text
 * @param {(button: HTMLElement) => Promise<void>} act
 */
function makeButton(text, act) {
  const button = make('button', 'small', text)
  button.setAttribute('type', 'button')
  button.addEventListener('click', () => void act(button))
  return button
}

/** @param {string} body */
function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
