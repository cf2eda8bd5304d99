/** @import { SnapshotCall, PhoneId, PhoneTimeline, PageState } from './types.d.ts' */
import { renderAxis } from './axis-view.js'
import { find, make, write } from './element.js'
import { milliseconds } from './words.js'

/** The columns. `name` is the heading if only Bob is called, `fullName` if others are called as well. */
const phones = /** @type {const} */ ([
  { id: 'iphone', name: 'iPhone', fullName: 'Bob’s iPhone' },
  { id: 'android', name: 'Android', fullName: 'Bob’s Android' },
  { id: 'laptop', name: 'Laptop', fullName: 'Bob’s laptop' },
  { id: 'carols-android', name: 'Carol’s Android', fullName: 'Carol’s Android' },
])
const steps = /** @type {const} */ ([
  { name: 'Webhook', what: 'is sent', shared: true, key: 'webhook' },
  { name: 'Stored', what: 'by the ingress', shared: true, key: 'stored' },
  { name: 'Dequeued', what: 'by a worker', shared: true, key: 'dequeued' },
  { name: 'Sent', what: 'to the providers', shared: false, key: 'sent' },
  { name: 'Rings', what: 'on the phone', shared: false, key: 'rang' },
  { name: 'Accepted', what: 'by providers', shared: false, key: 'accepted' },
  { name: 'Shown', what: 'as it reports', shared: false, key: 'receipts' },
])

/** If a call makes no progress for this long, the headline warns. */
const PATIENCE_MS = 3_000

/** Shows the time axis, and the table of steps with their times in ms. */
export function createTimelineView() {
  const headings = phones.map(({ id }) => {
    const heading = make('th', id)
    heading.setAttribute('scope', 'col')
    find('#timeline thead tr').append(heading)
    return heading
  })
  const rows = steps.map(createRow)

  return {
    /** @param {PageState} snapshot */
    render({ call }) {
      const called = phones.map(({ id }) => (call ? id in call.ringPushes : id !== 'carols-android'))
      const count = called.filter(Boolean).length
      const inFull = called.at(-1) === true
      find('#timeline').dataset.phones = String(count)
      for (const [lane, heading] of headings.entries()) {
        heading.hidden = !called[lane]
        const phone = phones[lane]
        if (phone) write(heading, inFull ? phone.fullName : phone.name)
      }
      renderAxis(
        call,
        phones
          .filter((_, lane) => called[lane])
          .map(({ id, name, fullName }) => ({
            id,
            name: inFull ? fullName : name,
          })),
      )
      for (const { step, values } of rows) {
        if (step.shared) values[0]?.setAttribute('colspan', String(count))
        for (const [lane, element] of values.entries()) {
          const text = textsOf(call, step)[lane]
          const value = /** @type {HTMLElement} */ (element)
          value.hidden = !step.shared && !called[lane]
          write(value, text || (call ? '–' : ''))
          value.classList.toggle('word', /^[a-z]/.test(text ?? ''))
        }
      }
      renderVerdicts(call)
    },
    /**
     * @param {PageState} snapshot
     * @param {number} now
     */
    tick({ call }, now) {
      const { text, strong, warn } = headline(call, now)
      const element = find('#headline')
      const shown = `${strong ?? ''}${text}`
      if (element.textContent === shown) return
      element.classList.toggle('warn', warn === true)
      element.replaceChildren(...(strong ? [make('strong', '', strong)] : []), text)
    },
  }
}

/** @param {(typeof steps)[number]} step */
function createRow(step) {
  const row = document.createElement('tr')
  const heading = make('th', '', step.name)
  heading.setAttribute('scope', 'row')
  heading.append(make('small', '', step.what))
  const names = step.shared ? ['shared'] : phones.map(({ id }) => id)
  const values = names.map(name => make('td', `value ${name}`))
  row.append(heading, ...values)
  find('#steps').append(row)
  return { step, values }
}

/**
 * @param {SnapshotCall | undefined} call
 * @param {(typeof steps)[number]} step
 * @returns {string[]} one for each column; empty for a step that has not happened
 */
function textsOf(call, step) {
  if (!call) return []
  if (step.key === 'webhook') return [call.placedHere ? milliseconds(0) : '']
  if (step.shared) return [milliseconds(call.timeline[step.key])]
  return phones.map(({ id }) => {
    const phone = call.timeline.phones.find(({ phone }) => phone === id)
    if (step.key !== 'receipts') return milliseconds(phone?.[step.key])
    const shown = phone?.receipts.find(({ event }) => event === 'shown')
    return shown ? milliseconds(shown.at) : (phone?.receipts[0]?.event ?? '')
  })
}

/**
 * @param {SnapshotCall | undefined} call
 * @param {number} now
 * @returns {{ strong?: string, text: string, warn?: boolean }}
 */
function headline(call, now) {
  if (!call) return { text: 'Place a call to see where its milliseconds go.' }
  const all = call.timeline.phones.length
  const shown = call.timeline.phones.flatMap(
    ({ receipts }) => receipts.find(({ event }) => event === 'shown')?.at ?? [],
  )
  const rang = call.timeline.phones.map(phone => phone.rang).filter(time => time !== undefined)
  // A phone rings a little earlier than Ringer knows. What Ringer knows is what counts.
  if (shown.length > 0 && shown.length >= rang.length) {
    const text = ` from the webhook to ${whichScreens(shown.length, all)}`
    return { strong: milliseconds(Math.max(...shown)), text }
  }
  if (rang.length > 0) {
    return { strong: milliseconds(Math.max(...rang)), text: ` until ${howMany(rang.length, all)}` }
  }
  if (call.phase !== 'ringing') return { text: 'No phone rang.', warn: true }
  const late = now - call.startedAt > PATIENCE_MS
  if (call.timeline.stored === undefined) {
    return { text: late ? 'The ingress has not stored it yet.' : 'On its way…', warn: late }
  }
  if (call.timeline.dequeued !== undefined) return { text: 'Dequeued…' }
  if (call.timeline.note !== undefined) return { text: 'No phone rings.', warn: true }
  return { text: late ? 'Stored, but no worker has taken it: is one running?' : 'Stored…', warn: late }
}

/** @param {number} rang @param {number} all */
function howMany(rang, all) {
  if (rang < all) return rang === 1 ? 'one device rings' : `${rang} of ${all} devices ring`
  return all === 1 ? 'the phone rings' : `all ${all} devices ring`
}

/** @param {string[]} names */
const listOf = names => names.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** @param {number} shown @param {number} all */
function whichScreens(shown, all) {
  if (shown < all) return shown === 1 ? 'one screen' : `${shown} of ${all} screens`
  return all === 1 ? 'the screen' : `all ${all} screens`
}

/** @param {SnapshotCall | undefined} call */
function renderVerdicts(call) {
  const { note, phones: called = [] } = call?.timeline ?? {}
  const nameIn = (/** @type {PhoneTimeline} */ { phone }) =>
    nameOf(
      phone,
      called.some(({ phone }) => phone === 'carols-android'),
    )
  const namesOf = (/** @type {PhoneTimeline[]} */ phones) => {
    if (phones.length > 1 && phones.length === called.length) return 'All devices'
    return listOf(phones.map(nameIn))
  }
  const wordsOf = (/** @type {PhoneTimeline} */ { verdict, answer }) =>
    verdict ? `${verdict.sentence}${answer ? ` (${answer})` : ''}` : ''
  // Phones with the same verdict share a line.
  const lines = new Map()
  for (const phone of called) {
    const words = wordsOf(phone)
    if (words !== '') lines.set(words, [...(lines.get(words) ?? []), phone])
  }
  const retried = called.filter(({ failed }) => failed !== undefined)
  find('#verdicts').replaceChildren(
    ...(note === undefined ? [] : [make('li', '', `${note.charAt(0).toUpperCase()}${note.slice(1)}`)]),
    ...Array.from(lines, ([words, phones]) => verdictLine(words, phones, namesOf(phones))),
    ...retried.map(phone => retryLine(phone, nameIn(phone))),
  )
}

/**
 * @param {string} words
 * @param {PhoneTimeline[]} phones
 * @param {string} names
 */
function verdictLine(words, [phone], names) {
  const verdict = phone?.verdict
  const isGood = verdict?.code === 'accepted' || verdict?.code === 'shown'
  const line = make('li', isGood ? 'good' : '')
  line.append(make('strong', '', `${names}: `), words)
  if (verdict && verdict.fix !== '' && !isGood) line.append(make('span', 'fix', verdict.fix))
  return line
}

/** @param {PhoneId} phoneId @param {boolean} inFull */
function nameOf(phoneId, inFull) {
  const phone = phones.find(({ id }) => id === phoneId)
  const name = (inFull ? phone?.fullName : phone?.name) ?? phoneId
  return name.replace('Android', 'Android phone')
}

/** @param {PhoneTimeline} phone @param {string} name */
function retryLine({ attempt = 0, failed, apnsIds }, name) {
  const [id] = apnsIds
  const same = apnsIds.length > 1 && apnsIds.every(other => other === id)
  const known = same && id ? `, the same apns-id (${id.slice(0, 8)}…)` : ''
  return make('li', 'retry', `${name}: attempt ${attempt}${known}. The previous one failed: ${failed}.`)
}
