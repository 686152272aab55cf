//! `souk search-eval`: how good the search is, for whoever has judgments.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use souk_tests::{TestShop, eventually};

use crate::journey;

/// The run that these queries give, and what the command says of it.
fn run_of(shop: &TestShop, queries: &str) -> Result<(String, String)> {
    let folder = shop.data_dir();
    let (asked, run) = (folder.join("queries.tsv"), folder.join("run.tsv"));
    std::fs::write(&asked, queries)?;
    let (asked, out) = (asked.display().to_string(), run.display().to_string());
    let told = shop.command(&["search-eval", "--queries", &asked, "--out", &out, "--limit", "2"], "")?;
    Ok((std::fs::read_to_string(run)?, told))
}

journey!(
    a_run_of_queries_names_products_as_their_file_did_and_ranks_them_as_the_shop_does(shop) {
        eventually(Duration::from_secs(10), async || {
            let found = shop.client.get("/v1/search?q=cobalt").await?.ok()?;
            ensure!(found["total"] == 2, "{found}");
            Ok(())
        })
        .await?;
        let queries = "query_id\tquery\nq1\tcobalt shirt\nq2\tstonewear mug\nq3\tzzzzzz\nq4\tspread\n";
        let (run, told) = run_of(shop, queries)?;
        let rows: Vec<Vec<&str>> = run.lines().map(|line| line.split('\t').collect()).collect();
        ensure!(rows[0] == ["query_id", "rank", "product_id"], "{run}");
        let of = |query: &str| rows.iter().filter(|row| row[0] == query).map(|row| row[2]).collect::<Vec<_>>();
        let titles = [("last", "The Last Shirt"), ("tee", "Everyday Tee"), ("mug", "Stoneware Mug")];
        for (id, text) in [("q1", "cobalt shirt"), ("q2", "stonewear mug")] {
            let shown = shop.client.get(&format!("/v1/search?q={}&limit=2", text.replace(' ', "%20"))).await?.ok()?;
            let shown = shown["items"].as_array().context("hits")?.iter();
            let shown: Vec<_> = shown.filter_map(|hit| titles.iter().find(|(_, title)| hit["title"] == *title)).collect();
            ensure!(!shown.is_empty() && of(id) == shown.iter().map(|(key, _)| *key).collect::<Vec<_>>(), "{run}");
        }
        ensure!(of("q2") == ["mug"] && of("q3").is_empty() && of("q4").len() == 2, "{run}");
        ensure!(told.contains("4 queries, 1 without an answer, 1 repaired"), "{told}");
        Ok(())
    }
);

journey!(
    a_bad_file_of_queries_is_refused_by_line_and_rule_and_the_last_run_stays(shop) {
        let (run, _) = run_of(shop, "q1\ttee\n")?;
        let refused = run_of(shop, "q1\ttee\nmug\n").expect_err("a line without an id");
        ensure!(format!("{refused:#}").contains("line 2: must be id<TAB>text"), "{refused:#}");
        ensure!(std::fs::read_to_string(shop.data_dir().join("run.tsv"))? == run, "it was written to");
        let missing = shop.souk(&["search-eval", "--queries", "nowhere.tsv", "--out", "run.tsv"], "")?;
        let told = String::from_utf8_lossy(&missing.stderr).into_owned();
        ensure!(!missing.status.success() && told.contains("cannot open nowhere.tsv"), "{told}");
        Ok(())
    }
);
