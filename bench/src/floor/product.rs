//! What the product service writes: the hold, and the allocation that it becomes (services/product/src/store).

use anyhow::Result;
use rusqlite::Connection;
use souk_db::{Batch, Statement, Value, batch};

use super::events::done;
use super::rows::{Index, Line, index};

pub(super) struct ProductFile {
    holds: Index,
    lines: Index,
    inbox: Index,
}

pub(super) struct ProductStory {
    pub(super) hold: Batch,
    pub(super) allocate: Batch,
    pub(super) inbox: Line,
}

impl ProductFile {
    pub(super) fn read(db: &Connection) -> Result<ProductFile> {
        Ok(ProductFile {
            holds: index(db, "stock_hold", "order_id")?,
            lines: index(db, "stock_hold_line", "order_id")?,
            inbox: index(db, "inbox", "subject")?,
        })
    }

    pub(super) fn story(&self, order: &Value) -> Result<ProductStory> {
        let (hold, lines) = (self.holds.one(order, "stock_hold")?, self.lines.all(order));
        let inbox = self.inbox.one(order, "inbox of product")?.clone();
        let held = lines.iter().flat_map(|line| [change(line, 1, 0), add_line(line)]);
        let allocated = lines.iter().map(|line| change(line, -1, 1));
        Ok(ProductStory {
            hold: batch![open(hold), held.collect::<Vec<_>>()],
            allocate: batch![done(&inbox), advance(hold), allocated.collect::<Vec<_>>()],
            inbox,
        })
    }
}

fn open(hold: &Line) -> Statement {
    let mut args = hold.args(["order_id"]);
    args.push(Value::from("held"));
    args.push(hold.get("expires_at"));
    Statement::new(
        "floor.hold.open",
        "insert into stock_hold (order_id, state, expires_at, version) values ($1, $2, $3, 1)
         on conflict (order_id) do nothing",
        args,
    )
    .expect_rows(1)
}

fn advance(hold: &Line) -> Statement {
    let mut args = hold.args(["order_id"]);
    args.push(Value::Int(1));
    args.extend(hold.args(["state", "expires_at"]));
    Statement::new(
        "floor.hold.advance",
        "update stock_hold set state = $3, expires_at = $4, version = version + 1
         where order_id = $1 and version = $2",
        args,
    )
    .expect_rows(1)
}

fn add_line(line: &Line) -> Statement {
    Statement::new(
        "floor.hold.add_line",
        "insert into stock_hold_line (order_id, variant, location, quantity, shipped) values ($1, $2, $3, $4, 0)",
        line.args(["order_id", "variant", "location", "quantity"]),
    )
}

/// `held` and `allocated` say how often the quantity is added.
fn change(line: &Line, held: i64, allocated: i64) -> Statement {
    let units = match line.get("quantity") {
        Value::Int(units) => units,
        _ => 0,
    };
    let mut args = line.args(["variant", "location"]);
    args.extend([0, held * units, allocated * units].map(Value::Int));
    Statement::new(
        "floor.stock.change",
        "update stock set on_hand = on_hand + $3, held = held + $4, allocated = allocated + $5
         where variant = $1 and location = $2 and held + $4 >= 0 and allocated + $5 >= 0
            and (backorder or (on_hand + $3 >= 0 and held + $4 + allocated + $5 <= on_hand + $3))",
        args,
    )
    .expect_rows(1)
}
