'use client'

import { useI18n } from '@/lib/i18n'
import { LockIcon } from '@/components/icons'

// The sandbox's published test cards (services/payment/README.md). A card is its token: no number exists, so none can leak.
const CARDS = [
  { token: 'tok_approved', ending: '4242' },
  { token: 'tok_needs_buyer', ending: '3220' },
  { token: 'tok_declined', ending: '0002' },
  { token: 'tok_insufficient_funds', ending: '9995' },
]
const RARE = [
  { token: 'tok_slow', ending: '1001' },
  { token: 'tok_timeout_then_succeeds', ending: '1002' },
  { token: 'tok_fails_after_success', ending: '1003' },
  { token: 'tok_webhook_late', ending: '1004' },
]

/** Pays at the sandbox, where no money moves: one picks what the bank will say. */
export function SandboxForm({ token, onPick }: { token: string; onPick: (token: string) => void }) {
  const { t } = useI18n()
  const card = ({ token: each, ending }: { token: string; ending: string }) => (
    <label key={each} className="flex min-h-14 cursor-pointer items-center gap-3 rounded-control border border-edge px-4 py-2 has-checked:border-accent has-checked:bg-sunken">
      <input type="radio" name="card" className="size-5 shrink-0 accent-accent" value={each} checked={token === each} onChange={() => onPick(each)} />
      <span className="grow">{t(`card.${each}`)}</span>
      <span className="text-sm whitespace-nowrap text-muted tabular-nums" aria-hidden="true">•••• {ending}</span>
    </label>
  )
  return (
    <div>
      <p className="mb-3 flex items-center gap-2 text-sm text-muted"><LockIcon width={18} height={18} />{t('checkout.sandbox_note')}</p>
      <fieldset className="space-y-2">
        <legend className="sr-only">{t('checkout.test_card')}</legend>
        {CARDS.map(card)}
        <details open={RARE.some((each) => each.token === token) || undefined}>
          <summary className="min-h-11 py-2 text-sm font-medium">{t('checkout.more_cards')}</summary>
          <div className="mt-2 space-y-2">{RARE.map(card)}</div>
        </details>
      </fieldset>
    </div>
  )
}
