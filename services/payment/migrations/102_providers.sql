-- Which of Stripe's intents is a payment's. Only a short cut: the intent carries our id, too.
create table stripe_intents (
    payment_id uuid primary key,
    intent text not null unique
);

-- Calls that must be made by one caller at a time, under the reference that Stripe knows them by.
create table stripe_calls (
    reference text primary key,
    leased_until bigint not null,
    calls bigint not null
);

-- Payments that people take in by hand: the shop's own record, in the place of a provider's.
create table manual_payments (
    payment_id uuid primary key,
    method text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    state text not null check (state in ('awaiting', 'received', 'voided')),
    refunded bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null,
    check (refunded between 0 and amount),
    check (refunded = 0 or state = 'received')
);
create index manual_payments_updated on manual_payments (updated_at, payment_id);

create table manual_refunds (
    refund_id uuid primary key,
    payment_id uuid not null references manual_payments (payment_id),
    amount bigint not null check (amount > 0),
    created_at bigint not null
);
