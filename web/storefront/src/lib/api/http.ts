import { client } from '@api/client.gen'
import type { Problem } from './types'

client.setConfig({ baseUrl: '', credentials: 'same-origin' })

/** What the shop refused, by the code that decides (docs/errors), or that it could not be reached. */
export class ShopError extends Error {
  constructor(
    readonly code: string,
    readonly problem: Problem | null,
    readonly status: number,
    readonly retryAfterSeconds: number | null,
  ) {
    super(problem?.detail ?? problem?.title ?? code)
    this.name = 'ShopError'
  }

  /** Nobody answered, or nobody can say what came of it: the change may have happened. */
  get unsure(): boolean {
    return this.status === 0 || this.status >= 500 || this.code === 'checkout_in_progress' || this.code === 'idempotency_in_progress'
  }

  /** What is wrong with a field, such as `email`; `undefined` when nothing is. */
  field(name: string): string | undefined {
    return this.problem?.errors?.find((error) => error.field === name || error.field.endsWith(`.${name}`))?.detail
  }
}

interface Answered<T> {
  data?: T
  error?: unknown
  response?: Response
}

/** The answer, or a `ShopError`. `unreachable`: nobody answered; the change may or may not have happened. */
export async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>
  try {
    answered = await call
  } catch (cause) {
    throw new ShopError('unreachable', null, 0, null)
  }
  const { data, error, response } = answered
  if (response?.ok) return data as T
  if (!response) throw new ShopError('unreachable', null, 0, null)
  const problem = typeof error === 'object' && error !== null && 'code' in error ? (error as Problem) : null
  const retryAfter = Number(response.headers.get('retry-after'))
  throw new ShopError(problem?.code ?? 'internal', problem, response.status, retryAfter > 0 ? retryAfter : null)
}

/** A key for one intent of the shopper. Kept for its retries, so that they take effect once. */
export function newIntent(): string {
  return crypto.randomUUID()
}
