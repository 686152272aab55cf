-- The replicas of this service, each with a search index of its own, and which products each has yet to look at.
-- A row is found by being there, never by "after the last one seen": a commit that ends late would be skipped.
create table index_replica (
    id uuid primary key,
    seen_at bigint not null
);

create table index_todo (
    replica uuid not null,
    product uuid not null,
    -- Counts up when the product changes once more before the replica has looked.
    asked bigint not null check (asked > 0),
    primary key (replica, product)
);
