/** @import { PhoneId, PhoneView, Snapshot } from './types.d.ts' */
import { createCallerView } from './caller-view.js'
import { find, write } from './element.js'
import { createFaultButtons } from './fault-buttons.js'
import { createLogView } from './log-view.js'
import { createPhoneView } from './phone-view.js'
import { createTimelineView } from './timeline-view.js'
import { createWorkersView } from './workers-view.js'

/** @type {Snapshot | undefined} */
let snapshot
/** How far the server's clock is ahead of this one, ms. */
let ahead = 0

const caller = createCallerView({
  place: order => post('/api/calls', order),
  hangUp: () => actOnCall(snapshot?.call?.phase === 'answered' ? 'end' : 'cancel'),
})
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
  } catch {
    showFault('The simulator does not answer: is it still running?')
  }
}

/**
 * @param {string} url
 * @param {object} body
 */
function breakSomething(url, body) {
  return post(url, body, message => {
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

/** @param {Snapshot} next */
function render(next) {
  snapshot = next
  ahead = next.now - Date.now()
  caller.render(next)
  timeline.render(next)
  log.render(next)
  faults.render(next)
  workers.render(next)
  for (const phone of next.phones) renderPhone(phone, next)
  const waiting = next.phones.filter(({ registration }) => registration.status !== 'registered')
  if (next.call?.answers.at(-1)?.status === 0) showConnection('The ingress does not answer', false)
  else if (waiting.length > 0) showConnection('Waiting for the ingress', false)
  else showConnection('Phones registered', true)
  tick()
}

/**
 * @param {PhoneView} phone
 * @param {Snapshot} next
 */
function renderPhone(phone, next) {
  let view = phones.get(phone.id)
  const spokenBefore = view?.spoken()
  if (!view) {
    view = createPhoneView(phone, actOnCall)
    phones.set(phone.id, view)
    find('#phones').append(view.root)
  }
  view.render(phone, next.call)
  const spoken = view.spoken()
  if (spoken && spoken !== spokenBefore) say(spoken, phone.state.status === 'ringing')
}

/** Sentences of one moment are said together: a second write to a live region would cut off the first. */
const sayings = { now: '', soon: '' }
const momentMs = 150

/**
 * @param {string} sentence
 * @param {boolean} urgent
 */
function say(sentence, urgent) {
  const kind = urgent ? 'now' : 'soon'
  if (sayings[kind] === '') setTimeout(speak, momentMs, kind)
  sayings[kind] += ` ${sentence}`
}

/** @param {'now' | 'soon'} kind */
function speak(kind) {
  find(kind === 'now' ? '#announce-ring' : '#announce').textContent = sayings[kind].trim()
  sayings[kind] = ''
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
