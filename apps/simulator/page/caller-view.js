/** @import { CallView, Snapshot } from './types.d.ts' */
import { find, make, write } from './element.js'
import { callerStatus } from './words.js'

/**
 * Alice's side: the order of a call, its end, and what the ingress answered CometChat.
 *
 * @param {{
 *   place: (order: { callType: string, deliveries: number, concurrently: boolean }) => Promise<void>,
 *   hangUp: () => Promise<void>,
 * }} actions
 */
export function createCallerView({ place, hangUp }) {
  const form = /** @type {HTMLFormElement} */ (find('#call-form'))
  const call = /** @type {HTMLButtonElement} */ (find('#call'))
  const end = /** @type {HTMLButtonElement} */ (find('#hang-up'))

  form.addEventListener('submit', event => {
    event.preventDefault()
    const order = new FormData(form)
    const deliveries = order.get('thrice') ? 3 : 1
    void place({ callType: String(order.get('callType')), deliveries, concurrently: false })
  })
  end.addEventListener('click', () => void hangUp())

  return {
    /** @param {Snapshot} snapshot */
    render({ call: current, caller }) {
      const live = current?.phase === 'ringing' || current?.phase === 'answered'
      const focused = document.activeElement
      call.hidden = live
      end.hidden = !live
      for (const input of form.querySelectorAll('input')) input.disabled = live
      // The button that was pressed gives way to the other: so does the focus.
      if (focused === call && live) end.focus()
      if (focused === end && !live) call.focus()
      write(find('#caller-name'), caller)
      renderAnswers(current)
      find('#lookup').hidden = !current
      write(find('#session'), current?.sessionId ?? '')
    },
    /**
     * @param {Snapshot} snapshot
     * @param {number} now
     */
    tick({ call: current, recipient }, now) {
      write(find('#caller-status'), callerStatus(current, recipient, now))
    },
    /** @param {string} [message] */
    showFault(message) {
      find('#fault').hidden = message === undefined
      write(find('#fault'), message ?? '')
    },
  }
}

/** @param {CallView | undefined} call */
function renderAnswers(call) {
  const answers = call?.answers ?? []
  find('#no-answers').hidden = answers.length > 0
  find('#answers').replaceChildren(
    ...answers.map(({ status, said, text, attempt }, index) => {
      const item = make('li', status === 200 ? (said ?? '') : 'failed')
      const retry = attempt > 1 ? ' (retry)' : ''
      item.append(make('span', 'count', `${index + 1}.`), make('span', '', `${text}${retry}`))
      return item
    }),
  )
  const last = answers.at(-1)
  find('#retries').hidden = !(call?.phase === 'ringing' && last && last.status !== 200 && last.attempt < 3)
}
