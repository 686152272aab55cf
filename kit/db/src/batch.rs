//! A batch: statements that happen together or not at all, and the answer to it.

use crate::{Row, Statement};

/// Statements in order. All of them happen, each as its guard expects, or none.
#[derive(Debug, Clone, Default)]
pub struct Batch(pub(crate) Vec<Statement>);

impl Batch {
    pub fn new() -> Batch {
        Batch::default()
    }

    pub fn push(&mut self, statement: Statement) {
        self.0.push(statement);
    }

    pub fn extend(&mut self, more: impl Into<Batch>) {
        self.0.append(&mut more.into().0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn statements(&self) -> &[Statement] {
        &self.0
    }
}

/// Joins statements, lists of them, optional ones and batches, in order: `batch![save(&order), emit(&placed)]`.
#[macro_export]
macro_rules! batch {
    () => { $crate::Batch::new() };
    ($($part:expr),+ $(,)?) => {{
        let mut batch = $crate::Batch::new();
        $(batch.extend($part);)+
        batch
    }};
}

impl From<Statement> for Batch {
    fn from(statement: Statement) -> Batch {
        Batch(vec![statement])
    }
}

impl From<Vec<Statement>> for Batch {
    fn from(statements: Vec<Statement>) -> Batch {
        Batch(statements)
    }
}

impl From<Option<Statement>> for Batch {
    fn from(statement: Option<Statement>) -> Batch {
        Batch(statement.into_iter().collect())
    }
}

impl FromIterator<Statement> for Batch {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Batch {
        Batch(statements.into_iter().collect())
    }
}

/// What a committed batch did, by the names of its statements.
#[derive(Debug, Default)]
pub struct Committed(Vec<Outcome>);

#[derive(Debug)]
struct Outcome {
    name: &'static str,
    affected: u64,
    rows: Vec<Row>,
}

impl Committed {
    pub(crate) fn with_capacity(statements: usize) -> Committed {
        Committed(Vec::with_capacity(statements))
    }

    /// Statements of one name are counted together; their rows keep the order of the batch.
    pub(crate) fn add(&mut self, name: &'static str, affected: u64, mut rows: Vec<Row>) {
        match self.0.iter_mut().rev().find(|outcome| outcome.name == name) {
            Some(outcome) => {
                outcome.affected += affected;
                outcome.rows.append(&mut rows);
            }
            None => self.0.push(Outcome { name, affected, rows }),
        }
    }

    /// The rows that the statements of this name returned; only [`Statement::returning`] keeps any.
    pub fn rows(&self, name: &str) -> &[Row] {
        self.find(name).map_or(&[], |outcome| &outcome.rows)
    }

    /// How many rows the statements of this name changed.
    pub fn affected(&self, name: &str) -> u64 {
        self.find(name).map_or(0, |outcome| outcome.affected)
    }

    fn find(&self, name: &str) -> Option<&Outcome> {
        self.0.iter().find(|outcome| outcome.name == name)
    }
}
