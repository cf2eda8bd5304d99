/** @import { SnapshotCall, PageState } from './types.d.ts' */
import { find, make, write } from './element.js'
import { callerStatus, firstName } from './words.js'

/**
 * Shows Alice's side: placing a call, ending it, and the ingress's answers to CometChat.
 *
 * @param {{
 *   place: (order: { to: string, callType: string, deliveries: number, concurrently: boolean }) => Promise<void>,
 *   hangUp: () => Promise<void>,
 *   choose: () => void,
 * }} actions
 */
export function createCallerView({ place, hangUp, choose }) {
  const form = /** @type {HTMLFormElement} */ (find('#call-form'))
  const call = /** @type {HTMLButtonElement} */ (find('#call'))
  const end = /** @type {HTMLButtonElement} */ (find('#hang-up'))
  const choice = () => String(new FormData(form).get('to'))
  /** @type {string | undefined} the last choice that could be read: disabled inputs are missing from FormData */
  let chosen

  form.addEventListener('submit', event => {
    event.preventDefault()
    const order = new FormData(form)
    const deliveries = order.get('thrice') ? 3 : 1
    const callType = String(order.get('callType'))
    void place({ to: choice(), callType, deliveries, concurrently: false })
  })
  form.addEventListener('change', () => {
    chosen = choice()
    choose()
  })
  end.addEventListener('click', () => void hangUp())

  return {
    /** Whether the group is selected. */
    isGroupChosen: () => chosen === 'group',
    /** @param {PageState} snapshot */
    render({ call: current, caller, recipient, group }) {
      const live = current?.phase === 'ringing' || current?.phase === 'answered'
      const focused = document.activeElement
      if (live || chosen === undefined) {
        // What is broken is tried on a call to Bob, and a page can be opened during a call.
        chosen = live && current.isGroup ? 'group' : 'bob'
        const radio = /** @type {HTMLInputElement} */ (find(`[name=to][value=${chosen}]`, form))
        radio.checked = true
      }
      find('.caller').classList.toggle('live', live)
      call.hidden = live
      end.hidden = !live
      for (const input of form.querySelectorAll('input')) input.disabled = live
      // The other button replaces the one that was pressed, so the focus moves to it.
      if (focused === call && live) end.focus()
      if (focused === end && !live) call.focus()
      const callee = chosen === 'group' ? group : firstName(recipient)
      write(find('#caller-name'), caller)
      write(find('#group-name'), group)
      write(find('#call-label'), `Call ${callee}`)
      write(find('#caller-heading'), `${firstName(caller)} calls ${callee}`)
      renderAnswers(current)
      find('#lookup').hidden = !current
      write(find('#session'), current?.sessionId ?? '')
    },
    /**
     * @param {PageState} snapshot
     * @param {number} now
     */
    tick({ call: current }, now) {
      write(find('#caller-status'), callerStatus(current, now))
    },
    /** @param {string} [message] */
    showFault(message) {
      find('#fault').hidden = message === undefined
      write(find('#fault'), message ?? '')
    },
  }
}

/** @param {SnapshotCall | undefined} call */
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
