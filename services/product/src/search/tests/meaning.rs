//! What is meant by a query, beyond its words.

use tempfile::TempDir;

use super::sentences::{find, index, product, query};
use crate::search::{ProductDoc, SearchIndex};

fn titled(titles: &[&str]) -> (TempDir, SearchIndex) {
    index(titles.iter().zip(1..).map(|(title, number)| product(number, title)).collect())
}

fn repaired(index: &SearchIndex, text: &str) -> Option<String> {
    index.search(&query(text)).expect("an answer").repaired
}

#[test]
fn who_wants_a_lamp_without_a_cord_is_shown_those_that_have_one_last() {
    let (_dir, index) = titled(&[
        "Wall lamp, long cord",
        "Wall lamp",
        "Wall lamp without cord",
        "Extension cord",
        "Wall clock",
    ]);
    for text in ["wall lamp without cord", "wall lamp w/o cord"] {
        assert_eq!(find(&index, text)[..3], [3, 2, 1], "{text}");
        assert!(!find(&index, text).contains(&4), "{text}: a cord is not what is wanted");
    }
    assert_eq!(find(&index, "without cord")[0], 3, "nothing else is asked for");
}

#[test]
fn a_title_may_deny_the_unwanted_in_other_words() {
    let (_dir, index) =
        titled(&["Sugar cookies", "Cookies", "Sugar-free cookies", "Cookies, no added sugar"]);
    let found = find(&index, "cookies without sugar");
    assert!(found[..2].contains(&3) && found[..2].contains(&4) && found[3] == 1, "{found:?}");
}

#[test]
fn words_that_stand_together_come_before_the_same_words_apart() {
    let (_dir, index) = titled(&["Screen for any projector", "Projector screen for rooms"]);
    assert_eq!(find(&index, "projector screen"), [2, 1]);
}

#[test]
fn what_most_of_the_best_matches_are_decides_between_two_meanings() {
    let of = |number, title: &str, category: &[&str]| ProductDoc {
        category: category.iter().map(|name| (*name).to_owned()).collect(),
        ..product(number, title)
    };
    let tablets = ["Electronics", "Tablets"];
    let (_dir, index) = index(vec![
        of(1, "Fire bricks", &["Garden", "Stoves"]),
        of(2, "Fire tablet red", &tablets),
        of(3, "Fire tablet blue", &tablets),
        of(4, "Fire sleeve", &tablets),
    ]);
    assert_eq!(find(&index, "fire").last(), Some(&1));
}

#[test]
fn one_word_is_taken_apart_where_the_catalog_has_two() {
    let (_dir, index) = titled(&["Remote for Fire Stick", "Fire Stick 4K", "Stick of wood for the fire"]);
    assert_eq!(repaired(&index, "firestick").as_deref(), Some("fire stick"));
    assert_eq!(repaired(&index, "firestik remote").as_deref(), Some("fire stick remote"));
    assert_eq!(find(&index, "firestik")[0], 2);
    assert_eq!(repaired(&index, "stickfire"), None, "no title says stick fire");
}

#[test]
fn the_other_words_say_which_repair_was_meant() {
    let (_dir, index) = titled(&["Power bank", "Button", "Red bunk bed", "Bunk bed", "Bunk bed for two"]);
    assert_eq!(repaired(&index, "power bnk").as_deref(), Some("power bank"));
    assert_eq!(repaired(&index, "bnk bed").as_deref(), Some("bunk bed"));
}

#[test]
fn three_letters_may_lack_one_and_are_left_alone_otherwise() {
    let (_dir, index) = titled(&["Desk", "Lamp"]);
    assert_eq!(repaired(&index, "dsk").as_deref(), Some("desk"));
    assert_eq!(repaired(&index, "lxp"), None);
}

#[test]
fn a_word_is_not_known_for_its_stem_alone() {
    let (_dir, index) = titled(&["Apps for the car", "Apple", "Walking boots"]);
    assert_eq!(repaired(&index, "appe").as_deref(), Some("apple"));
    for inflected in ["apples", "app", "walked", "walks", "boot"] {
        assert_eq!(repaired(&index, inflected), None, "{inflected}");
    }
}

#[test]
fn a_long_query_finds_what_has_most_of_it() {
    let (_dir, index) = titled(&["Trail running shoes", "Garden chair", "Running socks"]);
    let found = find(&index, "waterproof trail running shoes for men size 44 with wide toe box");
    assert_eq!(found.first(), Some(&1));
}
