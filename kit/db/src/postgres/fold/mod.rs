//! Many buyers per statement: where batches of a group say the same, the server is told once.
//!
//! A statement costs the server more than the row it changes: its plan is started, the checks of its table are read,
//! indexes are opened. So the batches of a group run in step: statements of one text that come next in several batches
//! become one, with a row of arguments for each ([`text`] says which, and how). The order within a batch is kept; between
//! batches it is not, which is no more than what batches that are under way at the same time may expect. Each
//! still has its own count of rows, and its guards.
//!
//! Whatever does not come out as it must is undone, and the group runs again as it would have without all this: who
//! has lost against whom is found out there.

mod cell;
mod text;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_postgres::types::Type;

pub(super) use self::cell::Cell;
use self::cell::Key;
use self::text::{Kind, Text};
use super::session::Entry;
use crate::{Committed, Expect, Row, Statement};

/// Folding fewer statements than this is not worth it.
const SAVED_MIN: usize = 2;

/// The texts that this process has met, folded where they can be.
#[derive(Default)]
pub(super) struct Texts(Mutex<HashMap<Single, Option<Arc<Text>>>>);

/// A text, and how many arguments it takes.
type Single = (&'static str, usize);

impl Texts {
    fn of(&self, statement: &Statement) -> Option<Arc<Text>> {
        let (sql, args) = (statement.sql, statement.args.len());
        let text = || Text::of(sql, args).map(Arc::new);
        self.0.lock().entry((sql, args)).or_insert_with(text).clone()
    }
}

/// A statement of a batch, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    batch: usize,
    position: usize,
}

/// The statements of a group in the order in which they go to the server.
pub(super) struct Folding<'a> {
    entries: &'a [Entry<'a>],
    pub(super) steps: Vec<Step<'a>>,
}

pub(super) enum Step<'a> {
    One(Place),
    Many(Many<'a>),
}

pub(super) struct Many<'a> {
    text: Arc<Text>,
    /// One for each row of arguments; several where they were added up.
    rows: Vec<Vec<Place>>,
    pub(super) columns: Vec<Vec<Cell<'a>>>,
    pub(super) types: Vec<Type>,
}

impl Many<'_> {
    pub(super) fn sql(&self) -> &str {
        &self.text.sql
    }
}

impl<'a> Folding<'a> {
    /// None if too little is the same.
    pub(super) fn of(texts: &Texts, entries: &'a [Entry<'a>]) -> Option<Folding<'a>> {
        let mut folding = Folding { entries, steps: Vec::new() };
        let mut next = vec![0; entries.len()];
        let statements: usize = entries.iter().map(|entry| entry.statements.len()).sum();
        for batch in 0..entries.len() {
            while next[batch] < entries[batch].statements.len() {
                folding.step(texts, &mut next, batch);
            }
        }
        (statements - folding.steps.len() >= SAVED_MIN).then_some(folding)
    }

    /// The next statement of this batch, and with it all of the same text that come next in it and in others.
    fn step(&mut self, texts: &Texts, next: &mut [usize], batch: usize) {
        let first = Place { batch, position: next[batch] };
        let model = self.statement(first);
        let folded = texts.of(model).zip(self.arrays(first));
        let mut places = Vec::new();
        for (batch, next) in next.iter_mut().enumerate().skip(batch) {
            while *next < self.entries[batch].statements.len() {
                let place = Place { batch, position: *next };
                if self.statement(place).sql != model.sql {
                    break;
                }
                places.push(place);
                *next += 1;
            }
        }
        // Also what cannot be folded runs in step, or what comes after it would not meet.
        match folded {
            Some((text, types))
                if places.iter().all(|place| self.arrays(*place).as_ref() == Some(&types)) =>
            {
                self.fold(&text, &types, places);
            }
            _ => self.steps.extend(places.into_iter().map(Step::One)),
        }
    }

    /// Statements with the same keys follow each other, unless they may be added up.
    fn fold(&mut self, text: &Arc<Text>, types: &[Type], mut places: Vec<Place>) {
        while !places.is_empty() {
            let (mut rows, mut later): (Vec<Vec<Place>>, _) = (Vec::new(), Vec::new());
            let mut known: HashMap<Vec<Key<'_>>, usize> = HashMap::new();
            for place in places {
                let statement = self.statement(place);
                let key: Vec<Key<'_>> = text.keys.iter().map(|key| Key::of(&statement.args[*key])).collect();
                match known.get(&key) {
                    Some(row) if !statement.summed.is_empty() && !statement.returning => {
                        rows[*row].push(place)
                    }
                    Some(_) if text.kind == Kind::Update => later.push(place),
                    _ => {
                        known.insert(key, rows.len());
                        rows.push(vec![place]);
                    }
                }
            }
            match rows.as_slice() {
                [row] if row.len() == 1 => self.steps.push(Step::One(row[0])),
                _ => {
                    let columns = (0..types.len()).map(|column| self.column(&rows, column)).collect();
                    let (text, types) = (Arc::clone(text), types.to_vec());
                    self.steps.push(Step::Many(Many { text, rows, columns, types }));
                }
            }
            places = later;
        }
    }

    fn column(&self, rows: &[Vec<Place>], column: usize) -> Vec<Cell<'a>> {
        let cell = |row: &Vec<Place>| {
            let value = &self.statement(row[0]).args[column];
            if row.len() == 1 || !self.statement(row[0]).summed.contains(&column) {
                return Cell::Given(value);
            }
            Cell::sum(row.iter().map(|place| &self.statement(*place).args[column]))
        };
        rows.iter().map(cell).collect()
    }

    pub(super) fn statement(&self, place: Place) -> &'a Statement {
        &self.entries[place.batch].statements[place.position]
    }

    pub(super) fn prepared(&self, place: Place) -> &'a tokio_postgres::Statement {
        &self.entries[place.batch].plan[place.position]
    }

    /// The arrays that hold arguments of its types, as the server knows them.
    fn arrays(&self, place: Place) -> Option<Vec<Type>> {
        self.prepared(place).params().iter().map(cell::array_of).collect()
    }

    /// What each batch has done, if each has done what it must. `found` has what came of each step.
    pub(super) fn committed(&self, found: Vec<(u64, Vec<Row>)>) -> Option<Vec<Committed>> {
        let capacity = |entry: &Entry<'_>| Committed::with_capacity(entry.statements.len());
        let mut committed: Vec<Committed> = self.entries.iter().map(capacity).collect();
        for (step, (count, rows)) in self.steps.iter().zip(found) {
            match step {
                Step::One(place) => {
                    let statement = self.statement(*place);
                    if !statement.expect.holds(count) {
                        return None;
                    }
                    committed[place.batch].add(statement.name, count, rows);
                }
                Step::Many(many) => {
                    for (place, count, rows) in self.counted(many, count, rows)? {
                        let statement = self.statement(place);
                        if !statement.expect.holds(count) {
                            return None;
                        }
                        committed[place.batch].add(statement.name, count, rows);
                    }
                }
            }
        }
        Some(committed)
    }

    /// How many rows each statement has changed, and those that it wants to see.
    fn counted(&self, many: &Many<'_>, count: u64, rows: Vec<Row>) -> Option<Vec<(Place, u64, Vec<Row>)>> {
        let places = || many.rows.iter().flatten().copied();
        if many.text.kind == Kind::Update {
            let mut each: Vec<(u64, Vec<Row>)> = many.rows.iter().map(|_| (0, Vec::new())).collect();
            for row in rows {
                let nth = usize::try_from(row.last::<i64>().ok()?).ok()?.checked_sub(1)?;
                let (count, kept) = each.get_mut(nth)?;
                *count += 1;
                if self.statement(many.rows[nth][0]).returning {
                    kept.push(row);
                }
            }
            let counted = many.rows.iter().zip(each).flat_map(|(places, (count, mut rows))| {
                let of = |place: &Place| (*place, count, std::mem::take(&mut rows));
                places.iter().map(of).collect::<Vec<_>>()
            });
            return Some(counted.collect());
        }
        if count == many.rows.len() as u64 {
            return Some(places().map(|place| (place, 1, Vec::new())).collect());
        }
        // Some were there already. Whose they were does not matter if all are one batch's, which counts them together.
        let batches: HashSet<usize> = places().map(|place| place.batch).collect();
        let is_open = places().all(|place| self.statement(place).expect == Expect::Any);
        let counts = std::iter::once(count).chain(std::iter::repeat(0));
        let counted = places().zip(counts).map(|(place, count)| (place, count, Vec::new()));
        (batches.len() == 1 && is_open).then(|| counted.collect())
    }
}
