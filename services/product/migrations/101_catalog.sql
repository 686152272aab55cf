-- The category tree. `path` joins the slugs from the root with '/', so a subtree is a range of the index.
create table category (
    id uuid primary key,
    parent uuid references category (id),
    slug text not null,
    title text not null,
    path text not null unique,
    position bigint not null,
    version bigint not null check (version > 0),
    check (parent is null or parent <> id)
);
create index category_parent on category (parent);
create index category_title on category (title);

-- Attributes, media and options are JSON: they belong to one product and are always read with it.
create table product (
    id uuid primary key,
    version bigint not null check (version > 0),
    import_key text unique,
    content_hash text,
    slug text not null unique,
    status text not null check (status in ('draft', 'published', 'removed')),
    title text not null,
    title_key text not null,
    description text not null,
    brand text,
    category uuid references category (id),
    tax_category text not null,
    attributes text not null,
    media text not null,
    options text not null,
    image text,
    created_at bigint not null,
    updated_at bigint not null
);
-- only postgres
alter table category alter column path type text collate "C";
alter table product alter column title_key type text collate "C";
-- end
create index product_newest on product (created_at, id) where status = 'published';
create index product_title on product (title_key, id) where status = 'published';
create index product_brand on product (brand, created_at, id) where status = 'published';
create index product_category on product (category, created_at, id);

create table variant (
    id uuid primary key,
    product uuid not null references product (id),
    position bigint not null,
    sku text not null unique,
    option_values text not null,
    barcodes text not null,
    weight_grams bigint not null check (weight_grams >= 0),
    backorder boolean not null,
    removed boolean not null
);
create index variant_product on variant (product, position);

create table price (
    variant uuid not null references variant (id),
    currency text not null,
    amount bigint not null check (amount >= 0),
    primary key (variant, currency)
);

-- The lowest price of a product's variants: what lists sort and filter by.
create table product_price (
    product uuid not null references product (id),
    currency text not null,
    lowest bigint not null,
    primary key (product, currency)
);
create index product_price_lowest on product_price (currency, lowest, product);

create table collection (
    id uuid primary key,
    slug text not null unique,
    title text not null,
    description text not null,
    version bigint not null check (version > 0)
);

create table collection_product (
    collection uuid not null references collection (id),
    product uuid not null references product (id),
    position bigint not null,
    primary key (collection, product)
);
create index collection_product_position on collection_product (collection, position, product);
create index collection_product_product on collection_product (product);

-- Products on which something shows that was changed elsewhere, such as a category's title: a worker saves them anew.
create table product_touch (
    product uuid primary key references product (id)
);
