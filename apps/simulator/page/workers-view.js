/** @import { PageState } from './types.d.ts' */
import { find, make, write } from './element.js'

/**
 * Shows Ringer's workers, with buttons to kill them.
 *
 * @param {(url: string, body: object) => Promise<void>} post
 */
export function createWorkersView(post) {
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map()
  /** @type {NodeListOf<HTMLElement>} */
  const own = document.querySelectorAll('.own-workers')
  find('#kill-in-mid-send').addEventListener('click', () => void post('/api/chaos/kill-in-mid-send', {}))

  return {
    /** @param {PageState} snapshot */
    render({ breakage: { workers } }) {
      for (const element of own) element.hidden = !workers
      find('#other-workers').hidden = Boolean(workers)
      for (const worker of workers ?? []) {
        let row = rows.get(worker.id)
        if (!row) {
          row = createRow(worker.id, () => post(`/api/workers/${encodeURIComponent(worker.id)}/kill`, {}))
          rows.set(worker.id, row)
          find('#workers').append(row.item)
        }
        row.render(worker)
      }
    },
  }
}

/**
 * @param {string} id
 * @param {() => Promise<void>} kill
 */
function createRow(id, kill) {
  const item = make('li')
  const state = make('span', 'state')
  const button = make('button', 'small', 'Kill')
  button.setAttribute('type', 'button')
  button.setAttribute('aria-label', `Kill ${id}`)
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') void kill()
  })
  item.append(make('strong', '', id), state, button)
  return {
    item,
    /** @param {{ pid: number, alive: boolean }} worker */
    render({ pid, alive }) {
      item.classList.toggle('dead', !alive)
      // Not `disabled`, because that would take the focus away from the button that was just pressed.
      button.setAttribute('aria-disabled', String(!alive))
      write(state, alive ? `process ${pid}` : 'dead, restarting…')
    },
  }
}
