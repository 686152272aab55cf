//! What shoppers see of the index.

use std::fs;

use proptest::prelude::*;
use souk_types::{Currency, Money, ProductId, Timestamp};
use tempfile::TempDir;
use uuid::Uuid;

use crate::search::{
    IndexChange, PriceRange, ProductDoc, SearchConfig, SearchError, SearchIndex, SearchQuery, SearchResults,
    Sort,
};

fn id(number: u128) -> ProductId {
    ProductId(Uuid::from_u128(number))
}

pub(super) fn product(number: u128, title: &str) -> ProductDoc {
    let cents = i64::try_from(number).expect("small") * 100;
    ProductDoc {
        id: id(number),
        title: title.to_owned(),
        brand: None,
        description: String::new(),
        category: Vec::new(),
        skus: vec![format!("SKU-{number:04}")],
        barcodes: Vec::new(),
        attributes: Vec::new(),
        prices: vec![Money::new(cents, Currency::EUR)],
        in_stock: true,
        created_at: Timestamp::from_millis(cents),
        popularity: 0,
    }
}

fn shirt(number: u128, brand: &str, color: &str, size: &str) -> ProductDoc {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    ProductDoc {
        brand: Some(brand.to_owned()),
        category: vec!["Clothes".to_owned(), "Shirts".to_owned()],
        attributes: vec![pair("color", color), pair("size", size)],
        ..product(number, "Cotton shirt")
    }
}

pub(super) fn index(products: Vec<ProductDoc>) -> (TempDir, SearchIndex) {
    let dir = tempfile::tempdir().expect("a folder");
    let index = SearchIndex::open(dir.path(), &SearchConfig::default()).expect("an index");
    index.apply(products.into_iter().map(IndexChange::put).collect()).expect("indexed");
    (dir, index)
}

pub(super) fn query(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), limit: 20, ..SearchQuery::default() }
}

pub(super) fn find(index: &SearchIndex, text: &str) -> Vec<u128> {
    numbers(&index.search(&query(text)).expect("an answer"))
}

fn numbers(results: &SearchResults) -> Vec<u128> {
    results.ids.iter().map(|id| id.0.as_u128()).collect()
}

fn counts(values: &[crate::search::ValueCount]) -> Vec<(&str, u64)> {
    values.iter().map(|value| (value.value.as_str(), value.count)).collect()
}

#[test]
fn a_product_is_found_at_once_changed_at_once_and_gone_at_once() {
    let (_dir, index) = index(vec![product(1, "Red shirt")]);
    assert_eq!(find(&index, "shirts"), [1]);
    for _ in 0..2 {
        index.apply(vec![IndexChange::put(product(1, "Green hat"))]).expect("changed");
    }
    assert_eq!((find(&index, "shirt"), find(&index, "hat")), (vec![], vec![1]));
    assert_eq!(index.len(), 1);
    index.apply(vec![IndexChange::Remove(id(1))]).expect("removed");
    assert!(find(&index, "hat").is_empty() && index.is_empty());
}

#[test]
fn of_several_changes_to_one_product_the_last_one_counts() {
    let (_dir, index) = index(vec![product(1, "Red shirt"), product(1, "Blue hat")]);
    assert_eq!(find(&index, ""), [1]);
    assert_eq!(find(&index, "hat"), [1]);
    index.apply(vec![IndexChange::put(product(1, "Scarf")), IndexChange::Remove(id(1))]).expect("applied");
    assert!(index.is_empty());
}

#[test]
fn the_number_on_the_box_finds_the_product_and_nothing_before_it() {
    let ean = ProductDoc { barcodes: vec!["4006381333931".to_owned()], ..product(1, "Pen") };
    let model = ProductDoc {
        attributes: vec![("oem_code".to_owned(), "DCR-TRV270".to_owned())],
        ..product(2, "Handycam")
    };
    let decoy =
        ProductDoc { description: "fits SKU-0001, DCR-TRV270 and TRV 270".to_owned(), ..product(3, "Case") };
    let (_dir, index) = index(vec![ean, model, decoy]);
    for text in ["4006381333931", "sku-0001", "SKU 0001", "sku0001"] {
        assert_eq!(find(&index, text).first(), Some(&1), "{text}");
    }
    for text in ["DCR-TRV270", "dcrtrv270", "dcr trv270"] {
        assert_eq!(find(&index, text).first(), Some(&2), "{text}");
    }
}

#[test]
fn a_match_in_the_title_comes_before_one_in_the_description() {
    let described = ProductDoc { description: "Goes well with a lamp".to_owned(), ..product(1, "Table") };
    let branded = ProductDoc { brand: Some("Lamp".to_owned()), ..product(2, "Chair") };
    let (_dir, index) = index(vec![described, branded, product(3, "Lamp")]);
    assert_eq!(find(&index, "lamps"), [3, 2, 1]);
}

#[test]
fn what_has_all_the_words_comes_first_and_what_has_hardly_any_is_left_out() {
    let (_dir, index) = index(vec![
        product(1, "Wireless mouse"),
        product(2, "Wireless optical gaming mouse black"),
        product(3, "Wireless router"),
        product(4, "Mouse trap"),
    ]);
    assert_eq!(find(&index, "wireless gaming mouse").first(), Some(&2));
    assert!(!find(&index, "optical gaming mouse wireless").contains(&4));
}

#[test]
fn only_a_word_that_the_catalog_lacks_is_repaired() {
    let (_dir, index) =
        index(vec![product(1, "Bluetooth speaker"), product(2, "Spanner"), product(3, "Spinner")]);
    let found = index.search(&query("Blutooth spaeker!")).expect("an answer");
    assert_eq!((numbers(&found), found.repaired.as_deref()), (vec![1], Some("bluetooth speaker!")));
    let found = index.search(&query("spinner")).expect("an answer");
    assert_eq!((numbers(&found), found.repaired), (vec![3], None));
    assert_eq!(
        index.search(&query("xyzzyx")).expect("an answer"),
        SearchResults {
            facets: index.search(&query("xyzzyx")).expect("an answer").facets,
            ..SearchResults::default()
        }
    );
}

#[test]
fn a_facet_that_is_filtered_by_still_shows_its_siblings() {
    let (_dir, index) = index(vec![
        shirt(1, "Acme", "red", "M"),
        shirt(2, "Acme", "blue", "M"),
        shirt(3, "Zeta", "red", "L"),
        shirt(4, "Zeta", "red", "M"),
    ]);
    let mut asked = SearchQuery { facet_attributes: vec!["size".to_owned()], ..query("shirt") };
    asked.attributes.insert("color".to_owned(), vec!["red".to_owned()]);
    asked.brands = vec!["Zeta".to_owned()];
    let found = index.search(&asked).expect("an answer");
    assert_eq!((numbers(&found).len(), found.total), (2, 2));
    assert_eq!(counts(&found.facets.brands), [("Zeta", 2), ("Acme", 1)]);
    let attributes: Vec<_> =
        found.facets.attributes.iter().map(|facet| (facet.name.as_str(), counts(&facet.values))).collect();
    // Colors count as if only the brand were filtered by; sizes with both filters.
    assert_eq!(attributes, [("color", vec![("red", 2)]), ("size", vec![("L", 1), ("M", 1)])]);
    let paths: Vec<_> = found.facets.categories.iter().map(|c| (c.path.join("/"), c.count)).collect();
    assert_eq!(paths, [("Clothes".to_owned(), 2), ("Clothes/Shirts".to_owned(), 2)]);
}

#[test]
fn a_category_holds_what_lies_below_it() {
    let (_dir, index) = index(vec![shirt(1, "Acme", "red", "M"), product(2, "Shirt without a category")]);
    for (path, found) in [(vec!["Clothes"], 1), (vec!["Clothes", "Shirts"], 1), (vec!["Shirts"], 0)] {
        let category = path.iter().map(|name| (*name).to_owned()).collect();
        let asked = SearchQuery { category, ..query("shirt") };
        assert_eq!(index.search(&asked).expect("an answer").total, found, "{path:?}");
    }
}

#[test]
fn prices_filter_and_sort_in_their_currency() {
    let yen = ProductDoc { prices: vec![Money::new(150, Currency::JPY)], ..product(9, "Hat") };
    let gone = ProductDoc { in_stock: false, ..product(3, "Hat") };
    let (_dir, index) = index(vec![product(2, "Hat"), yen, gone, product(1, "Hat")]);
    let ask = |query: SearchQuery| numbers(&index.search(&query).expect("an answer"));
    assert_eq!(ask(SearchQuery { sort: Sort::PriceAsc(Currency::EUR), ..query("hat") }), [1, 2, 3, 9]);
    assert_eq!(ask(SearchQuery { sort: Sort::PriceDesc(Currency::EUR), ..query("") }), [3, 2, 1, 9]);
    assert_eq!(ask(SearchQuery { sort: Sort::Newest, in_stock: true, ..query("") }), [9, 2, 1]);
    let range = PriceRange { currency: Currency::EUR, min: Some(100), max: Some(200) };
    assert_eq!(ask(SearchQuery { price: Some(range), sort: Sort::Newest, ..query("") }), [2, 1]);
    let range = PriceRange { currency: Currency::KWD, min: None, max: None };
    assert!(ask(SearchQuery { price: Some(range), ..query("") }).is_empty());
}

#[test]
fn pages_neither_skip_nor_repeat_even_while_products_come() {
    let (_dir, index) = index((1..=25).map(|number| product(number, "Hat")).collect());
    for sort in [Sort::Relevance, Sort::Newest, Sort::PriceAsc(Currency::EUR)] {
        for text in ["hat", ""] {
            let mut asked = SearchQuery { limit: 10, sort, ..query(text) };
            let mut seen = Vec::new();
            loop {
                let page = index.search(&asked).expect("a page");
                assert_eq!(page.total, 25);
                seen.extend(numbers(&page));
                for changed in [product(7, "Hat"), product(200, "Scarf")] {
                    index.apply(vec![IndexChange::put(changed)]).expect("changed");
                }
                index.apply(vec![IndexChange::Remove(id(200))]).expect("removed");
                asked.cursor = page.next_cursor;
                if asked.cursor.is_none() {
                    break;
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (1..=25).collect::<Vec<_>>(), "{sort:?} {text}");
        }
    }
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let (_dir, index) = index((1..=3).map(|number| product(number, "Hat")).collect());
    let page = index.search(&SearchQuery { limit: 1, ..query("") }).expect("a page");
    for cursor in [page.next_cursor, Some("made up".to_owned()), Some(String::new())] {
        let asked = SearchQuery { sort: Sort::Newest, cursor, ..query("") };
        assert!(matches!(index.search(&asked), Err(SearchError::Cursor)));
    }
}

#[test]
fn an_index_survives_a_restart_and_a_damaged_one_asks_to_be_filled_again() {
    let (dir, index) = index(vec![product(1, "Hat")]);
    assert!(index.needs_rebuild(), "nobody has said that it is complete");
    index.mark_rebuilt().expect("marked");
    drop(index);
    let open = || SearchIndex::open(dir.path(), &SearchConfig::default()).expect("an index");
    let index = open();
    assert!(!index.needs_rebuild());
    assert_eq!(find(&index, "hat"), [1]);
    drop(index);
    let mut files = fs::read_dir(dir.path()).expect("a folder").map(|entry| entry.expect("a file").path());
    let terms = files.find(|path| path.extension().is_some_and(|kind| kind == "term")).expect("terms");
    let mut bytes = fs::read(&terms).expect("bytes");
    bytes[3] ^= 0xff;
    fs::write(&terms, bytes).expect("damaged");
    let index = open();
    assert!(index.needs_rebuild() && index.is_empty());
    index.apply(vec![IndexChange::put(product(2, "Hat"))]).expect("filled");
    assert_eq!(find(&index, "hat"), [2]);
    drop(index);
    fs::write(dir.path().join("souk-search.json"), r#"{"version":0,"complete":true}"#).expect("an old state");
    let index = open();
    assert!(index.needs_rebuild() && index.is_empty(), "an older schema is rebuilt");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_just_words(title in ".{0,80}", text in ".{0,80}", value in ".{0,20}") {
        let attributes = vec![(value.clone(), value.clone())];
        let (_dir, index) = index(vec![ProductDoc { attributes, brand: Some(value.clone()), ..product(1, &title) }]);
        let asked = SearchQuery { facet_attributes: vec![value], ..query(&text) };
        prop_assert!(index.search(&asked).is_ok());
        prop_assert!(index.search(&query(&title)).is_ok());
    }

    #[test]
    fn query_syntax_of_other_engines_is_just_words(text in r#"[a-z"'()+\-*~^:\[\]{}/\\&|! ]{0,60}"#) {
        let (_dir, index) = index(vec![product(1, "a b c")]);
        prop_assert!(index.search(&query(&text)).is_ok());
    }
}

#[test]
fn whoever_is_still_typing_is_shown_what_begins_so() {
    let titles = ["Quiet cardigan", "Quiet candle", "Summit carpet", "Cart", "Loud hoodie"];
    let (_dir, index) = index((1..).zip(titles).map(|(number, title)| product(number, title)).collect());
    let typed = |text: &str| {
        let asked = SearchQuery { prefix: true, ..query(text) };
        let mut found = numbers(&index.search(&asked).expect("an answer"));
        found.sort_unstable();
        found
    };
    assert_eq!(typed("c"), [1, 2, 3, 4]);
    assert_eq!(typed("CARD"), [1]);
    assert_eq!(typed("car"), [1, 3, 4]);
    assert_eq!(typed("  car"), [1, 3, 4]);
    assert_eq!(typed("hood"), [5]);
    assert_eq!(find(&index, "hood"), [0; 0], "whoever is done typing means the word");
    assert_eq!(typed("cart "), [4], "a space says that the word is complete");
    let asked = SearchQuery { prefix: true, ..query("quiet ca") };
    let found = numbers(&index.search(&asked).expect("an answer"));
    assert_eq!(found[..2].iter().sum::<u128>(), 3, "what has both words comes first: {found:?}");
}

#[test]
fn what_nothing_begins_with_is_repaired_as_ever() {
    let (_dir, index) = index(vec![product(1, "Quiet cardigan")]);
    let results = index.search(&SearchQuery { prefix: true, ..query("cadrigan") }).expect("an answer");
    assert_eq!(numbers(&results), [1]);
    assert_eq!(results.repaired.as_deref(), Some("cardigan"));
}

#[test]
fn a_word_in_singular_and_plural_does_not_count_twice_while_it_is_typed() {
    let titles = ["Card", "Cards", "Carpet", "Lamp", "Shirt"];
    let (_dir, index) = index((1..).zip(titles).map(|(number, title)| product(number, title)).collect());
    let found = numbers(&index.search(&SearchQuery { prefix: true, ..query("car") }).expect("an answer"));
    assert_eq!(found[0], 3, "the rarer word comes first: {found:?}");
}
