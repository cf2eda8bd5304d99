/** @import { SnapshotCall, IncomingCall, PhoneView } from './types.d.ts' */
import { find, write } from './element.js'
import { createNotificationsView } from './notifications-view.js'
import { firstName, lockNotice, phoneName, phoneNote, pushCount, talkTime } from './words.js'

/**
 * Shows one phone. Its elements are created once and then shown or hidden, so that the focus is kept.
 *
 * @param {PhoneView} first
 * @param {(action: 'answer' | 'reject' | 'end', phone: PhoneView) => void} act
 * @param {(phone: PhoneView, notification: number) => void} dismiss
 */
export function createPhoneView(first, act, dismiss) {
  const template = /** @type {HTMLTemplateElement} */ (find('#phone-template'))
  const root = /** @type {HTMLElement} */ (
    find('.phone', /** @type {DocumentFragment} */ (template.content.cloneNode(true)))
  )
  const at = (/** @type {string} */ selector) => find(selector, root)
  let phone = first
  /** @type {SnapshotCall | undefined} */
  let call

  const ios = first.platform === 'ios'
  root.classList.add({ ios: 'iphone', android: 'android', web: 'laptop' }[first.platform], first.id)
  at('h3').id = `${first.id}-heading`
  root.setAttribute('aria-labelledby', `${first.id}-heading`)
  write(at('h3'), first.name)
  write(at('.incoming .answer .label'), ios ? 'Accept' : 'Answer')
  const buttons = /** @type {const} */ ({
    '.incoming .decline': 'reject',
    '.incoming .answer': 'answer',
    '.talking .end': 'end',
  })
  for (const [selector, action] of Object.entries(buttons)) {
    const button = at(selector)
    button.setAttribute('aria-label', `${find('.label', button).textContent} on ${first.name}`)
    button.addEventListener('click', () => act(action, phone))
  }
  const notifications = createNotificationsView(at('.notifications'), first, id => dismiss(phone, id))

  return {
    root,
    /**
     * @param {PhoneView} next
     * @param {SnapshotCall | undefined} current
     */
    render(next, current) {
      const held = root.contains(document.activeElement) && document.activeElement !== root
      phone = next
      call = current
      const { state } = next
      root.dataset.status = state.status
      at('.lock').hidden = state.status !== 'idle'
      at('.incoming').hidden = state.status !== 'ringing'
      at('.talking').hidden = state.status !== 'connected'
      if (state.status !== 'idle') renderCaller(root, first.platform, state.call)
      const notice = lockNotice(next)
      at('.notice').hidden = !notice
      write(at('.notice strong'), notice?.title ?? '')
      write(at('.notice span'), notice?.text ?? '')
      notifications.render(next)
      write(at('.note'), phoneNote(next, call))
      const steps = call?.timeline.phones.find(({ phone }) => phone === next.id)
      const rings = steps?.rang === undefined ? 0 : 1
      write(
        at('.pushes'),
        steps
          ? pushCount(steps.attempts.filter(({ outcome }) => outcome !== 'unsent').length, rings)
          : '\u00a0',
      )
      if (held && !(root.contains(document.activeElement) && isShown(document.activeElement))) {
        // The button that had the focus is hidden now. Keep the focus on this phone instead of the top of the page.
        const next = state.status === 'connected' ? at('.talking .end') : root
        next.focus()
      }
    },
    /**
     * Updates what changes with time alone.
     *
     * @param {number} now the server's clock
     */
    tick(now) {
      const { state } = phone
      if (state.status === 'ringing') {
        const left = Math.max(0, state.until - now)
        root.style.setProperty('--left', String((100 * left) / Math.max(1, state.until - state.since)))
        write(at('.seconds'), String(Math.ceil(left / 1000)))
      }
      if (state.status === 'connected') write(at('.talk-time'), talkTime(now - state.since))
      const date = new Date(now)
      write(at('.clock'), date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false }))
      write(at('.big-clock'), at('.clock').textContent.replace(':', first.platform === 'android' ? ' ' : ':'))
      write(at('.date'), date.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' }))
    },
    /** A sentence about the notifications that have arrived since the last call of this function, or ''. */
    news: () => notifications.news(phone),
    /** A sentence for screen readers about the phone's state, or ''. */
    spoken() {
      const { state } = phone
      const whose = `${firstName(phone.name)} ${phoneName(phone)}`
      if (state.status === 'ringing')
        return `${whose} rings: ${callerOf(state.call)}, ${state.call.callType} call.`
      if (state.status === 'connected') return `${whose} answered.`
      return state.last?.call.sessionId === call?.sessionId
        ? `${whose} does not ring. ${phoneNote(phone, call)}.`
        : ''
    },
  }
}

/** @param {IncomingCall} call */
const callerOf = ({ callerName, groupName }) =>
  groupName === undefined ? callerName : `${callerName} to ${groupName}`

/**
 * @param {HTMLElement} root
 * @param {PhoneView['platform']} platform
 * @param {IncomingCall} call
 */
function renderCaller(root, platform, { callerName, callType, groupName }) {
  const kind = callType === 'video' ? 'Video' : 'Audio'
  for (const element of root.querySelectorAll('.name')) write(element, callerName)
  for (const element of root.querySelectorAll('.initial')) write(element, callerName.slice(0, 1))
  write(find('.incoming .kind', root), incomingKind(platform, kind))
  write(find('.talking .kind', root), `${kind} call`)
  for (const element of root.querySelectorAll('.group')) write(element, groupName ?? '')
}

/** @param {PhoneView['platform']} platform @param {string} kind */
function incomingKind(platform, kind) {
  if (platform === 'ios') return `Ringer ${kind}…`
  return platform === 'web' ? `${kind} call` : `Incoming ${kind.toLowerCase()} call`
}

/** @param {Element | null} element */
function isShown(element) {
  return element?.checkVisibility() ?? false
}
