/** As much of Stripe.js as is used. It is loaded from Stripe, and only where this shop is paid through it. */
export interface StripeElements {
  create(kind: 'payment'): { mount(where: HTMLElement): void; unmount(): void }
  submit(): Promise<{ error?: { message?: string } }>
}
export interface Stripe {
  elements(options: object): StripeElements
  createConfirmationToken(options: object): Promise<{ confirmationToken?: { id: string }; error?: { message?: string } }>
  handleNextAction(options: { clientSecret: string }): Promise<{ error?: { message?: string } }>
}

const SOURCE = 'https://js.stripe.com/v3/'
let loading: Promise<Stripe> | null = null

export function loadStripe(publishableKey: string): Promise<Stripe> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = SOURCE
    script.onload = () => {
      const make = (window as unknown as { Stripe?: (key: string) => Stripe }).Stripe
      if (make) resolve(make(publishableKey))
      else reject(new Error('Stripe.js did not start'))
    }
    script.onerror = () => {
      loading = null
      script.remove()
      reject(new Error('Stripe.js could not be loaded'))
    }
    document.head.append(script)
  })
  return loading
}
