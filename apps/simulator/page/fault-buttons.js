/** @import { ProviderId, Snapshot } from './types.d.ts' */
import { find, make, write } from './element.js'
import { connectionFaults, endOf, providerNames, pushFaults, titleOf } from './faults.js'

const providers = /** @type {const} */ (['apns', 'fcm'])

/**
 * Shows the faults that can be ordered from Apple and Google, and those that are active.
 *
 * @param {(url: string, body: object) => Promise<void>} post
 */
export function createFaultButtons(post) {
  const form = /** @type {HTMLFormElement} */ (find('#fault-form'))
  /** @type {{ provider: ProviderId, fault: string, button: HTMLElement }[]} */
  const toggles = []

  for (const provider of providers) {
    const pushes = pushFaults[provider].map(fault =>
      button(provider, fault, () => {
        const times = Number(new FormData(form).get('times'))
        void post('/api/chaos', { provider, fault: fault.fault, times })
      }),
    )
    const connections = connectionFaults[provider].map(fault => {
      const made = button(provider, fault, pressed => {
        const end = pressed ? endOf[fault.fault] : undefined
        void post('/api/chaos', { provider, fault: end ?? fault.fault })
      })
      if (endOf[fault.fault]) toggles.push({ provider, fault: fault.fault, button: find('button', made) })
      return made
    })
    find(`#${provider}-push-faults`).append(...pushes)
    find(`#${provider}-connection-faults`).append(...connections)
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
    /** @param {Snapshot} snapshot */
    render({ breakage: { inForce } }) {
      for (const { provider, fault, button } of toggles) {
        const pressed = inForce.some(entry => entry.provider === provider && entry.fault === fault)
        button.setAttribute('aria-pressed', String(pressed))
      }
      renderActive(inForce)
    },
  }
}

/**
 * @param {ProviderId} provider
 * @param {{ fault: string, title: string, text: string }} fault
 * @param {(pressed: boolean) => void} order
 */
function button(provider, { fault, title, text }, order) {
  const item = make('li', 'deed')
  const made = make('button', '', title)
  made.setAttribute('type', 'button')
  const sentence = make('p', '', text)
  sentence.id = `${provider}-${fault}-text`
  made.setAttribute('aria-describedby', sentence.id)
  made.addEventListener('click', () => order(made.getAttribute('aria-pressed') === 'true'))
  item.append(made, sentence)
  return item
}

/** @param {Snapshot['breakage']['inForce']} inForce */
function renderActive(inForce) {
  const lines = inForce.map(({ provider, fault, left }) => {
    const reach =
      left === undefined ? 'until cleared' : left === 1 ? 'the next push' : `the next ${left} pushes`
    const title = titleOf(provider, fault)
    const whose = title.includes(providerNames[provider]) ? '' : `${providerNames[provider]}: `
    return `${whose}${title}, ${reach}`
  })
  const list = find('#active-faults')
  if (lines.join() !== [...list.children].map(({ textContent }) => textContent).join()) {
    list.replaceChildren(...lines.map(line => make('li', '', line)))
  }
  find('#no-active-faults').hidden = lines.length > 0
  write(find('#active-count'), lines.length > 0 ? `${lines.length} active` : '')
}
