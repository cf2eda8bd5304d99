/** @import { PhoneId, PhoneView, PageState } from './types.d.ts' */
import { say } from './announce.js'
import { createCallerView } from './caller-view.js'
import { find, write } from './element.js'
import { createFaultButtons } from './fault-buttons.js'
import { createLogView } from './log-view.js'
import { createMessageForm } from './message-form.js'
import { createPhoneView } from './phone-view.js'
import { createTimelineView } from './timeline-view.js'
import { phonesHeading } from './words.js'
import { createWorkersView } from './workers-view.js'

/** @type {PageState | undefined} */
let snapshot
/** How far the server's clock is ahead of the browser's, ms. */
let ahead = 0

const caller = createCallerView({
  place: async order => void (await post('/api/calls', order)),
  hangUp: () => actOnCall(snapshot?.call?.phase === 'answered' ? 'end' : 'cancel'),
  choose: () => snapshot && render(snapshot),
})
createMessageForm(text => post('/api/messages', { text }))
const timeline = createTimelineView()
const log = createLogView()
const faults = createFaultButtons(breakSomething)
const workers = createWorkersView(breakSomething)
/** @type {Map<PhoneId, ReturnType<typeof createPhoneView>>} */
const phones = new Map()

/**
 * @param {string} url
 * @param {object} body
 * @param {(message?: string) => void} showFault
 * @returns {Promise<boolean>} whether the request succeeded
 */
async function post(url, body, showFault = caller.showFault) {
  showFault()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) showFault((await response.json()).error.message)
    return response.ok
  } catch {
    showFault('The simulator does not answer: is it still running?')
    return false
  }
}

/**
 * @param {string} url
 * @param {object} body
 */
async function breakSomething(url, body) {
  await post(url, body, message => {
    find('#break-fault').hidden = message === undefined
    write(find('#break-fault'), message ?? '')
  })
}

/**
 * @param {'cancel' | 'end' | 'answer' | 'reject'} action
 * @param {PhoneView} [phone]
 */
async function actOnCall(action, phone) {
  const state = phone?.state
  const sessionId = state && state.status !== 'idle' ? state.call.sessionId : snapshot?.call?.sessionId
  if (!sessionId) return
  await post(`/api/calls/${encodeURIComponent(sessionId)}/${action}`, phone ? { phone: phone.id } : {})
}

/**
 * @param {PhoneView} phone
 * @param {number} notification
 */
async function dismiss({ id }, notification) {
  await post(`/api/phones/${id}/dismiss`, { notification })
}

/** @param {PageState} next */
function render(next) {
  snapshot = next
  ahead = next.now - Date.now()
  caller.render(next)
  timeline.render(next)
  log.render(next)
  faults.render(next)
  workers.render(next)
  renderPhones(next)
  const waiting = next.phones.filter(({ registration }) => registration.status !== 'registered')
  if (next.call?.answers.at(-1)?.status === 0) showConnection('The ingress does not answer', false)
  else if (waiting.length > 0) showConnection('Waiting for the ingress', false)
  else showConnection('Phones registered', true)
  tick()
}

/** @param {PageState} next */
function renderPhones(next) {
  const bob = next.phones[0]?.owner
  // A phone is hidden if its owner is neither in the call nor in the group that is selected.
  const shown = next.phones.filter(
    ({ owner }) =>
      owner === bob || caller.isGroupChosen() || next.call?.members.some(({ uid }) => uid === owner),
  )
  for (const phone of next.phones) renderPhone(phone, next, shown.includes(phone))
  find('#phones').dataset.count = String(shown.length)
  write(find('#phones-heading'), phonesHeading(shown))
}

/**
 * @param {PhoneView} phone
 * @param {PageState} next
 * @param {boolean} shown
 */
function renderPhone(phone, next, shown) {
  let view = phones.get(phone.id)
  const spokenBefore = view?.spoken()
  if (!view) {
    view = createPhoneView(phone, actOnCall, dismiss)
    phones.set(phone.id, view)
    find('#phones').append(view.root)
  }
  view.root.hidden = !shown
  view.render(phone, next.call)
  const spoken = view.spoken()
  if (spoken && spoken !== spokenBefore) say(spoken, phone.state.status === 'ringing')
  const news = view.news()
  if (news) say(news, false)
}

/**
 * @param {string} text
 * @param {boolean} ready
 */
function showConnection(text, ready) {
  write(find('#connection'), text)
  find('#connection').classList.toggle('ready', ready)
}

function tick() {
  if (!snapshot) return
  const now = Date.now() + ahead
  caller.tick(snapshot, now)
  timeline.tick(snapshot, now)
  for (const view of phones.values()) view.tick(now)
  const ringing = snapshot.phones.some(({ state }) => state.status === 'ringing')
  document.title = ringing ? '● Ringing – Ringer' : 'Ringer: a call on a laptop'
}

const events = new EventSource('/api/events')
events.addEventListener('state', event => render(JSON.parse(event.data)))
events.addEventListener('error', () => showConnection('Disconnected, trying again…', false))
setInterval(tick, 250)
