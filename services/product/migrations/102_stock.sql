create table location (
    id uuid primary key,
    code text not null unique,
    name text not null,
    rank bigint not null,
    active boolean not null,
    version bigint not null check (version > 0)
);
-- only postgres
insert into location (id, code, name, rank, active, version)
values ('00000000-0000-7000-8000-000000000001', 'main', 'Main warehouse', 0, true, 1);
-- end
-- only sqlite
insert into location (id, code, name, rank, active, version)
values (x'00000000000070008000000000000001', 'main', 'Main warehouse', 0, true, 1);
-- end

-- What lies where, and what of it is promised. `backorder` is the variant's, repeated here for the CHECK's sake.
create table stock (
    variant uuid not null references variant (id),
    location uuid not null references location (id),
    on_hand bigint not null,
    held bigint not null check (held >= 0),
    allocated bigint not null check (allocated >= 0),
    backorder boolean not null,
    primary key (variant, location),
    check (backorder or (on_hand >= 0 and held + allocated <= on_hand))
);

-- What an order has of the stock. One row per order, also for a release that came before its hold.
create table stock_hold (
    order_id uuid primary key,
    state text not null check (state in ('held', 'expired', 'released', 'allocated', 'failed', 'shipped')),
    expires_at bigint not null,
    version bigint not null check (version > 0)
);
create index stock_hold_due on stock_hold (expires_at) where state = 'held';

create table stock_hold_line (
    order_id uuid not null references stock_hold (order_id),
    variant uuid not null,
    location uuid not null,
    quantity bigint not null check (quantity > 0),
    shipped bigint not null check (shipped >= 0 and shipped <= quantity),
    primary key (order_id, variant, location),
    foreign key (variant, location) references stock (variant, location)
);

-- Parcels whose units have left the stock; each counts once.
create table stock_shipment (
    shipment uuid primary key,
    order_id uuid not null
);

-- Why `on_hand` is what it is: it equals the sum of `change`. Rows are never altered.
create table movement (
    id uuid primary key,
    variant uuid not null references variant (id),
    location uuid not null references location (id),
    kind text not null check (kind in ('received', 'sold', 'returned', 'adjusted')),
    quantity bigint not null check (quantity > 0),
    change bigint not null,
    reason text not null,
    order_id uuid,
    actor text not null,
    at bigint not null
);
create index movement_variant on movement (variant, id);
-- only sqlite
create trigger movement_is_never_updated before update on movement
begin select raise(abort, 'movements are never altered'); end;
create trigger movement_is_never_deleted before delete on movement
begin select raise(abort, 'movements are never altered'); end;
-- end
-- only postgres
create function movement_is_never_altered() returns trigger language plpgsql as
$$ begin raise exception 'movements are never altered'; end $$;
create trigger movement_is_never_altered before update or delete on movement
for each row execute function movement_is_never_altered();
-- end
