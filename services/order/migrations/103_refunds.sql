-- What of an order was given back, and why: one row per key, never altered; taken away only when the payment refused.
create table order_refunds (
    order_id uuid not null references orders (id),
    key text not null,
    -- Which lines, how many units, and whether the shipping; with their shares of tax and discount.
    details text not null,
    amount bigint not null check (amount > 0),
    created_at bigint not null,
    primary key (order_id, key)
);

-- Units of a part that were given back: of a line, or 1 of the shipping.
create table order_refund_parts (
    order_id uuid not null references orders (id),
    -- The line's id, or shipping.
    part text not null,
    units bigint not null check (units >= 0),
    units_max bigint not null,
    primary key (order_id, part),
    constraint no_more_comes_back_than_was_sold check (units <= units_max)
);
