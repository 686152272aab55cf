use proptest::prelude::*;
use souk_types::Currency;
use uuid::Uuid;

use super::*;

const PACE: Pace = Pace { first: Duration::from_secs(5), longest: Duration::from_secs(300) };
const NOW: Timestamp = Timestamp(1_000_000);

pub(crate) fn payment_of(amount: Money, state: State) -> Payment {
    let captured = if state.was_captured() { amount.amount } else { 0 };
    Payment {
        id: PaymentId(Uuid::from_u128(1)),
        order: OrderId(Uuid::from_u128(2)),
        attempt: 1,
        number: "1001".to_owned(),
        provider: "sandbox".to_owned(),
        amount,
        state,
        authorized: if state == State::Authorized { amount.amount } else { captured },
        captured,
        refunded: 0,
        refunding: 0,
        reason: None,
        buyer_url: None,
        capturing: false,
        unwanted: false,
        due_at: None,
        looks: 0,
        events: 0,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn payment(state: State) -> Payment {
    payment_of(Money::new(1999, Currency::EUR), state)
}

fn learn(payment: &mut Payment, fact: Fact, told: Told) -> Learned {
    payment.learn(fact, told, NOW, &PACE)
}

fn declined() -> Fact {
    Fact::Declined { reason: "insufficient_funds".to_owned() }
}

#[test]
fn an_outcome_that_the_caller_hears_needs_no_event() {
    for fact in [Fact::Authorized, declined()] {
        assert_eq!(learn(&mut payment(State::Authorizing), fact, Told::Caller), Learned::Moved(None));
    }
}

#[test]
fn an_outcome_after_a_silence_is_an_event() {
    for state in [State::Unknown, State::NeedsBuyer] {
        for told in [Told::Caller, Told::Nobody] {
            let mut found = payment(state);
            let learned = learn(&mut found, Fact::Authorized, told);
            assert!(matches!(learned, Learned::Moved(Some(PaymentEvent::Authorized(_)))));
            assert_eq!((found.events, found.due_at), (1, None));
        }
    }
    let learned = learn(&mut payment(State::Authorizing), declined(), Told::Nobody);
    assert!(matches!(learned, Learned::Moved(Some(PaymentEvent::Declined(_)))));
}

#[test]
fn no_answer_is_never_a_no() {
    let mut asked = payment(State::Authorizing);
    assert_eq!(learn(&mut asked, Fact::Unknown, Told::Caller), Learned::Moved(None));
    assert_eq!(asked.state, State::Unknown);
    assert_eq!(asked.due_at, Some(NOW.plus(PACE.first)));
    for state in State::ALL.into_iter().filter(|state| *state != State::Authorizing) {
        let mut known = payment(state);
        assert_eq!(learn(&mut known, Fact::Unknown, Told::Nobody), Learned::Nothing, "{state:?}");
    }
}

#[test]
fn money_that_arrives_for_an_unwanted_order_is_given_back_and_not_announced() {
    let mut late = Payment { unwanted: true, ..payment(State::Unknown) };
    assert_eq!(learn(&mut late, Fact::Authorized, Told::Nobody), Learned::Moved(None));
    assert_eq!((late.next_step(), late.due_at), (Step::Void, Some(NOW)));
    let learned = learn(&mut late, Fact::Voided, Told::Nobody);
    assert!(matches!(learned, Learned::Moved(Some(PaymentEvent::Voided(_)))));
    assert_eq!(late.next_step(), Step::Rest);
}

#[test]
fn a_yes_after_a_no_is_given_back() {
    let mut declined = payment(State::Declined);
    assert_eq!(learn(&mut declined, Fact::Authorized, Told::Nobody), Learned::Moved(None));
    assert_eq!(declined.next_step(), Step::Void);
}

#[test]
fn a_captured_payment_of_an_unwanted_order_is_refunded() {
    let unwanted = Payment { unwanted: true, ..payment(State::Captured) };
    assert_eq!(unwanted.next_step(), Step::Refund);
    let returned = Payment { refunded: 1999, state: State::Refunded, ..unwanted };
    assert_eq!(returned.next_step(), Step::Rest);
}

#[test]
fn what_cannot_be_is_said_aloud() {
    assert_eq!(learn(&mut payment(State::Voided), Fact::Captured, Told::Nobody), Learned::Contradiction);
    assert_eq!(learn(&mut payment(State::Captured), Fact::Voided, Told::Nobody), Learned::Contradiction);
}

#[test]
fn looking_again_takes_longer_each_time_and_never_too_long() {
    let pauses: Vec<u64> = (0..9).map(|looks| PACE.pause(looks).as_secs()).collect();
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    assert_eq!(PACE.pause(u32::MAX), PACE.longest);
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::Unknown),
        Just(Fact::NeedsBuyer { url: "/challenge".to_owned() }),
        Just(Fact::Authorized),
        Just(declined()),
        Just(Fact::Captured),
        Just(Fact::Voided),
    ]
}

proptest! {
    /// Whatever a provider says, in whatever order and however often, the record stays one that the
    /// database would accept, and each event has its own place in the sequence.
    #[test]
    fn no_sequence_of_facts_makes_an_impossible_payment(
        facts in proptest::collection::vec((any_fact(), any::<bool>()), 0..20),
        unwanted in any::<bool>(),
    ) {
        let mut subject = Payment { unwanted, ..payment(State::Authorizing) };
        let mut stated = 0;
        for (fact, told) in facts {
            let before = subject.clone();
            match learn(&mut subject, fact, if told { Told::Caller } else { Told::Nobody }) {
                Learned::Moved(Some(_)) => stated += 1,
                Learned::Moved(None) => {}
                Learned::Nothing | Learned::Contradiction => prop_assert_eq!(&subject, &before),
            }
            prop_assert!(subject.captured <= subject.authorized && subject.authorized <= subject.amount.amount);
            prop_assert_eq!(subject.state.was_captured(), subject.captured > 0);
            prop_assert!(subject.state != State::Authorized || subject.authorized > 0);
            prop_assert_eq!(subject.events, stated);
            prop_assert!(subject == before || subject.due_at.is_some() == (subject.next_step() != Step::Rest));
        }
    }

    /// A fact that is told twice moves nothing the second time.
    #[test]
    fn a_repeated_fact_changes_nothing(facts in proptest::collection::vec(any_fact(), 1..10)) {
        let mut subject = payment(State::Authorizing);
        for fact in facts {
            learn(&mut subject, fact.clone(), Told::Nobody);
            let before = subject.clone();
            let again = learn(&mut subject, fact, Told::Nobody);
            prop_assert!(!matches!(again, Learned::Moved(_)));
            prop_assert_eq!(&subject, &before);
        }
    }
}
