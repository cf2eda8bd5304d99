/** @import { ServerAnswer, CallView, Search, StatusView } from './types.d.ts' */
import { ask, forgetToken, hasToken, keepToken } from './ask.js'
import { createCallsView } from './calls-view.js'
import { byId, show } from './dom.js'
import { createFailuresView } from './failures-view.js'
import { createFiguresView } from './figures-view.js'
import { createQueuesView } from './queues-view.js'
import { recipientsOf, toneOf } from './words.js'

const EVERY_MS = 2_000
const LIMIT = 30
const MAX_UID = 100

const calls = createCallsView()
const failures = createFailuresView(sessionId => search({ text: sessionId, since: '' }))
const figures = createFiguresView()
const queues = createQueuesView()
const form = /** @type {HTMLFormElement} */ (byId('search-form'))
const text = /** @type {HTMLInputElement} */ (byId('search-text'))
const since = /** @type {HTMLSelectElement} */ (byId('search-since'))
const tokenForm = /** @type {HTMLFormElement} */ (byId('token-form'))
const token = /** @type {HTMLInputElement} */ (byId('token'))

/** The codes of the calls that were announced, by session. @type {Map<string, string> | undefined} */
let known
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
/** Which round of questions is the latest: the answers to earlier ones are dropped. */
let round = 0

/** Asks for everything, shows it, and asks again in 2 s. A page that nobody sees asks for nothing. */
async function look() {
  clearTimeout(timer)
  if (document.hidden) return
  round += 1
  const mine = round
  const wanted = { text: text.value.trim(), since: since.value }
  const [status, newest, found] = await Promise.all([
    /** @type {Promise<ServerAnswer<StatusView>>} */ (ask('status')),
    /** @type {Promise<ServerAnswer<{ calls: CallView[] }>>} */ (ask(`calls?limit=${LIMIT}`)),
    wanted.text === '' && wanted.since === '' ? undefined : find(wanted),
  ])
  if (mine !== round) return
  const refusal = [status, newest, found].find(answer => answer?.ok === false)
  if (refusal?.ok === false) {
    if (refusal.status === 401) return askForToken()
    showConnection('Not connected', false)
    showFault(refusal.message)
  } else if (status.ok && newest.ok) {
    showFault('')
    render(status.body, newest.body.calls, found?.ok ? found.body.calls : newest.body.calls, wanted)
  }
  timer = setTimeout(look, EVERY_MS)
}

/**
 * Finds calls by a text that may be a user or, if nobody was called by this name, a session.
 *
 * @param {Search} wanted
 * @returns {Promise<ServerAnswer<{ calls: CallView[] }>>}
 */
async function find({ text, since }) {
  const query = new URLSearchParams({ limit: String(LIMIT) })
  if (since !== '') query.set('since', since)
  if (text !== '') query.set('uid', text.slice(0, MAX_UID))
  /** @type {ServerAnswer<{ calls: CallView[] }>} */
  const byUid = await ask(`calls?${query}`)
  if (text === '' || !byUid.ok || byUid.body.calls.length > 0) return byUid
  /** @type {ServerAnswer<CallView>} */
  const bySession = await ask(`calls/${encodeURIComponent(text)}`)
  if (bySession.ok) return { ok: true, body: { calls: [bySession.body] } }
  // That there is no such session is no fault: the text may be a user.
  if (bySession.status !== 404) return bySession
  return byUid
}

/**
 * @param {StatusView} status
 * @param {CallView[]} newest
 * @param {CallView[]} found
 * @param {Search} wanted
 */
function render(status, newest, found, wanted) {
  const isFirst = byId('page').hidden
  byId('page').hidden = false
  byId('token-card').hidden = true
  // What had the focus is gone.
  if (isFirst && hasToken()) text.focus()
  calls.render(found, wanted, Date.parse(status.at))
  failures.render(newest, status)
  queues.render(status)
  figures.render(status)
  announce(newest)
  const { workers, queues: all, process, version } = status
  show(byId('process'), [process, version], () => [
    `What became of every call, told by the ${process} ${version}`,
  ])
  const isWell = workers.length > 0 && !all.some(({ problem }) => problem)
  showConnection(
    isWell ? 'Calls are taken' : workers.length === 0 ? 'No worker is running' : 'Look at the queues',
    isWell,
  )
}

/**
 * Tells screen readers of new calls and of calls that failed since.
 *
 * @param {CallView[]} newest
 */
function announce(newest) {
  const codes = new Map(newest.map(({ sessionId, verdict }) => [sessionId, verdict.code]))
  if (known) {
    const news = newest
      .filter(({ sessionId, verdict: { code } }) => {
        const before = known?.get(sessionId)
        return before === undefined || (before !== code && toneOf(code) === 'fault')
      })
      .map(call => `Call to ${recipientsOf(call)}: ${call.verdict.sentence}`)
    if (news.length > 0) byId('announce').textContent = news.slice(0, 3).join(' ')
  }
  known = codes
}

/** @param {string} message empty: nothing is wrong */
function showFault(message) {
  byId('fault').hidden = message === ''
  show(byId('fault'), message, () => [message])
}

/** @param {string} message @param {boolean} isWell */
function showConnection(message, isWell) {
  show(byId('connection'), message, () => [message])
  byId('connection').classList.toggle('ready', isWell)
}

function askForToken() {
  const wasWrong = hasToken()
  forgetToken()
  showConnection('A token is needed', false)
  showFault('')
  byId('page').hidden = true
  byId('token-card').hidden = false
  byId('token-fault').hidden = !wasWrong
  token.focus()
}

/** @param {Search} wanted */
function search(wanted) {
  text.value = wanted.text
  since.value = wanted.since
  remember()
  text.focus()
  void look()
}

/** Keeps the search in the address, so that it can be shared and survives a reload. */
function remember() {
  const query = new URLSearchParams()
  if (text.value.trim() !== '') query.set('q', text.value.trim())
  if (since.value !== '') query.set('since', since.value)
  history.replaceState(null, '', query.size > 0 ? `#${query}` : location.pathname)
  byId('clear').hidden = query.size === 0
}

form.addEventListener('submit', event => {
  event.preventDefault()
  remember()
  void look()
})
since.addEventListener('change', () => form.requestSubmit())
byId('clear').addEventListener('click', () => search({ text: '', since: '' }))
tokenForm.addEventListener('submit', event => {
  event.preventDefault()
  keepToken(token.value.trim())
  token.value = ''
  void look()
})
document.addEventListener('visibilitychange', () => void look())

const asked = new URLSearchParams(location.hash.slice(1))
text.value = asked.get('q') ?? ''
since.value = asked.get('since') ?? ''
remember()
void look()
