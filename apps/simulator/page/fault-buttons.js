/** @import { ProviderId, PageState } from './types.d.ts' */
import { find, make, write } from './element.js'
import { best, companyNames, connectionFaults, findFault, pushFaults, titleOf } from './faults.js'
import { breakageVerdict } from './words.js'

const providers = /** @type {const} */ (['apns', 'fcm'])

/**
 * Shows the faults, each of which breaks something and places a call with one click; what Ringer promised and what happened; and
 * what is still broken.
 *
 * @param {(url: string, body: object) => Promise<void>} post
 */
export function createFaultButtons(post) {
  const form = /** @type {HTMLFormElement} */ (find('#fault-form'))
  const buttons = (/** @type {ProviderId} */ provider, /** @type {{ fault: string }[]} */ faults) =>
    faults.map(({ fault }) => createButton(provider, fault, post))

  find('#best-faults').append(...best.map(({ provider, fault }) => createButton(provider, fault, post)))
  for (const provider of providers) {
    find(`#${provider}-push-faults`).append(...buttons(provider, pushFaults[provider]))
    find(`#${provider}-connection-faults`).append(...buttons(provider, connectionFaults[provider]))
  }

  const showProvider = () => {
    const chosen = new FormData(form).get('provider')
    for (const provider of providers) find(`#${provider}-faults`).hidden = provider !== chosen
  }
  form.addEventListener('change', showProvider)
  form.addEventListener('submit', event => event.preventDefault())
  find('#clear-faults').addEventListener('click', () => void post('/api/chaos/clear', {}))
  showProvider()

  return {
    /** @param {PageState} snapshot */
    render({ breakage }) {
      renderActive(breakage.inForce)
      renderVerdict(breakage)
    },
  }
}

/**
 * @param {ProviderId} provider
 * @param {string} name
 * @param {(url: string, body: object) => Promise<void>} post
 */
function createButton(provider, name, post) {
  const { title, text } = findFault(provider, name) ?? { title: name, text: '' }
  const item = make('li', 'deed')
  const button = make('button', '', title)
  button.setAttribute('type', 'button')
  const sentence = make('p', '', text)
  item.append(button, sentence)
  button.addEventListener('click', () => void post('/api/chaos/try', { provider, fault: name }))
  return item
}

/** @param {PageState['breakage']} breakage */
function renderVerdict(breakage) {
  const { title, text, phase } = breakageVerdict(breakage)
  const element = find('#verdict')
  element.dataset.phase = phase
  write(find('strong', element), title)
  write(find('span', element), text)
}

/** @param {PageState['breakage']['inForce']} inForce */
function renderActive(inForce) {
  const lines = inForce.map(({ provider, fault, left }) => {
    const reach =
      left === undefined ? 'until repaired' : left === 1 ? 'the next push' : `the next ${left} pushes`
    const title = titleOf(provider, fault)
    const isClear = title.includes(companyNames[provider]) || title.includes('iPhone')
    const whose = isClear ? '' : `${companyNames[provider]}: `
    return `${whose}${title}, ${reach}`
  })
  const list = find('#active-faults')
  if (lines.join() !== [...list.children].map(({ textContent }) => textContent).join()) {
    list.replaceChildren(...lines.map(line => make('li', '', line)))
  }
  find('#active').hidden = lines.length === 0
}
