-- The sandbox plays an outside company: this is its own record of truth, in a database of its own.
create table sandbox_payments (
    -- The shop's name for the payment; asking again with it changes nothing.
    reference text primary key,
    token text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    state text not null check (state in ('needs_buyer', 'authorized', 'declined', 'captured', 'voided')),
    authorized bigint not null default 0,
    captured bigint not null default 0,
    voided bigint not null default 0,
    refunded bigint not null default 0,
    decline_reason text,
    challenge uuid unique,
    return_url text,
    -- The shop's name for the capture or void that was done.
    operation text,
    capture_failures bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null,
    check (authorized between 0 and amount),
    check (captured >= 0 and voided >= 0 and captured + voided <= authorized),
    check (refunded between 0 and captured)
);
create index sandbox_payments_updated on sandbox_payments (updated_at, reference);

create table sandbox_refunds (
    reference text primary key,
    payment text not null references sandbox_payments (reference),
    amount bigint not null check (amount > 0),
    created_at bigint not null
);
