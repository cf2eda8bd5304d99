import type { Answer } from '../wire/judge-push.ts'
import { refusal } from './refusal.ts'

/** https://www.cometchat.com/docs/rest-api/groups/list: 100 a page unless told, and 1,000 at most. */
const DEFAULT_PER_PAGE = 100
const MOST_PER_PAGE = 1_000

export type Page = { invalid: Answer } | { data: unknown[]; meta: object }

/** The part of a list that a query asks for, with what CometChat says of the whole. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  show: (item: Item) => unknown,
): Page {
  const perPage = wholeNumber(query.get('perPage'), DEFAULT_PER_PAGE)
  const page = wholeNumber(query.get('page'), 1)
  if (perPage < 1 || perPage > MOST_PER_PAGE || page < 1)
    return { invalid: refusal('ERR_BAD_REQUEST', 'Failed to validate the data sent with the request.') }
  const shown = items.slice((page - 1) * perPage, page * perPage)
  const pagination = {
    total: items.length,
    count: shown.length,
    per_page: perPage,
    current_page: page,
    total_pages: Math.max(1, Math.ceil(items.length / perPage)),
  }
  return { data: shown.map(show), meta: { pagination } }
}

/** 0, which nothing accepts, for what is no whole number. */
function wholeNumber(value: string | null, otherwise: number): number {
  if (value === null) return otherwise
  return /^\d{1,9}$/.test(value) ? Number(value) : 0
}
