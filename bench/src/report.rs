//! The table at the end: what was measured, beside what, and whether it holds.

use crate::numbers::Ratio;

#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    what: String,
    ours: String,
    yardstick: String,
    ratio: String,
    bar: String,
    /// `None`: printed for information.
    holds: Option<bool>,
}

impl Report {
    /// Ours over a yardstick, which must reach `bar`.
    pub(crate) fn ratio(&mut self, what: &str, ours: String, yardstick: String, ratio: Ratio, bar: Ratio) {
        let bar_text = format!("≥ {bar}");
        self.add(what, ours, yardstick, ratio.to_string(), bar_text, Some(ratio >= bar));
    }

    /// A figure that must stay within a limit.
    pub(crate) fn limit(&mut self, what: &str, ours: String, bar: &str, holds: bool) {
        self.add(what, ours, String::new(), String::new(), bar.to_owned(), Some(holds));
    }

    /// A figure beside its yardstick, for information.
    pub(crate) fn figure(&mut self, what: &str, ours: String, yardstick: String, ratio: Option<Ratio>) {
        let ratio = ratio.map(|ratio| ratio.to_string()).unwrap_or_default();
        self.add(what, ours, yardstick, ratio, String::new(), None);
    }

    /// A sentence below the table.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    fn add(
        &mut self,
        what: &str,
        ours: String,
        yardstick: String,
        ratio: String,
        bar: String,
        holds: Option<bool>,
    ) {
        let row = Row { what: what.to_owned(), ours, yardstick, ratio, bar, holds };
        println!("  {}", row.cells().join(" · ").trim_end_matches([' ', '·']));
        self.rows.push(row);
    }

    /// Prints everything; true when every bar holds.
    pub(crate) fn print(&self) -> bool {
        let head = ["measured", "souk", "yardstick", "ratio", "bar", ""].map(str::to_owned);
        let table: Vec<[String; 6]> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let widths: Vec<usize> =
            (0..6).map(|at| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
        println!();
        for (number, row) in table.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
            if number == 0 {
                println!("{}", "─".repeat(widths.iter().sum::<usize>() + 10));
            }
        }
        println!();
        for note in &self.notes {
            println!("{note}");
        }
        let missed = self.rows.iter().filter(|row| row.holds == Some(false)).count();
        if missed > 0 {
            println!("{missed} bars missed");
        }
        missed == 0
    }
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let verdict = match self.holds {
            Some(true) => "holds",
            Some(false) => "MISSED",
            None => "",
        };
        [
            self.what.clone(),
            self.ours.clone(),
            self.yardstick.clone(),
            self.ratio.clone(),
            self.bar.clone(),
            verdict.to_owned(),
        ]
    }
}
