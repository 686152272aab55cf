//! Publishing to a broker so that no event overtakes its predecessor.
//!
//! A broker may refuse one message and take the next, and a connection may break between them. So of each subject
//! one event is under way at a time, and the next one follows when it is confirmed; many subjects go side by side.

use std::collections::{HashMap, HashSet, VecDeque};

use souk_rpc::Error;
use souk_types::{Envelope, EventId};
use uuid::Uuid;

/// Events that are under way at once.
pub(crate) const ROUND_MAX: usize = 256;

/// The envelopes of one pass, dealt out one per subject at a time.
pub(crate) struct Rounds<'a> {
    /// What is left of each subject, in order.
    waiting: VecDeque<VecDeque<&'a Envelope>>,
    under_way: Vec<VecDeque<&'a Envelope>>,
    accepted: Vec<EventId>,
}

/// What became of one round.
#[derive(Default)]
pub(crate) struct Sent {
    /// The broker has these, durably, for everybody who hears of them.
    pub(crate) confirmed: HashSet<EventId>,
    /// Why no other round makes sense now.
    pub(crate) broken: Option<Error>,
}

impl<'a> Rounds<'a> {
    pub(crate) fn of(envelopes: &'a [Envelope]) -> Rounds<'a> {
        let mut places: HashMap<Uuid, usize> = HashMap::new();
        let mut waiting: VecDeque<VecDeque<&Envelope>> = VecDeque::new();
        for envelope in envelopes {
            let place = *places.entry(envelope.subject).or_insert(waiting.len());
            if place == waiting.len() {
                waiting.push_back(VecDeque::new());
            }
            waiting[place].push_back(envelope);
        }
        Rounds { waiting, under_way: Vec::new(), accepted: Vec::with_capacity(envelopes.len()) }
    }

    /// The next events to send; none when all subjects are through or held up.
    pub(crate) fn next(&mut self) -> Option<Vec<&'a Envelope>> {
        self.under_way = self.waiting.drain(..ROUND_MAX.min(self.waiting.len())).collect();
        let heads: Vec<&Envelope> =
            self.under_way.iter().filter_map(|subject| subject.front().copied()).collect();
        (!heads.is_empty()).then_some(heads)
    }

    /// A subject whose event is not confirmed is held up: nothing of it is sent any more in this pass.
    pub(crate) fn settle(&mut self, confirmed: &HashSet<EventId>) {
        for mut subject in self.under_way.drain(..) {
            let Some(head) = subject.pop_front().filter(|head| confirmed.contains(&head.id)) else {
                continue;
            };
            self.accepted.push(head.id);
            if !subject.is_empty() {
                self.waiting.push_back(subject);
            }
        }
    }

    /// What was confirmed, or why nothing was.
    pub(crate) fn outcome(self, broken: Option<Error>) -> Result<Vec<EventId>, Error> {
        match broken {
            Some(error) if self.accepted.is_empty() => Err(error),
            _ => Ok(self.accepted),
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_types::{EventData, Timestamp};

    use super::*;

    fn event(subject: u128, sequence: i64) -> Envelope {
        let id = subject * 1_000 + u128::try_from(sequence).expect("positive");
        Envelope {
            id: EventId(Uuid::from_u128(id)),
            kind: "order.placed".to_owned(),
            source: "order".to_owned(),
            subject: Uuid::from_u128(subject),
            sequence,
            time: Timestamp::from_millis(0),
            traceparent: None,
            data: EventData::from_text("null".to_owned()),
        }
    }

    #[test]
    fn an_event_follows_when_the_one_before_it_is_confirmed_and_not_earlier() {
        let envelopes = [event(1, 1), event(1, 2), event(1, 3), event(2, 7), event(2, 8)];
        let mut rounds = Rounds::of(&envelopes);
        let mut dealt = Vec::new();
        while let Some(round) = rounds.next() {
            dealt.push(round.iter().map(|event| event.sequence).collect::<Vec<_>>());
            rounds.settle(&round.iter().map(|event| event.id).collect());
        }
        assert_eq!(dealt, [vec![1, 7], vec![2, 8], vec![3]]);
        assert_eq!(rounds.outcome(None).map(|accepted| accepted.len()), Ok(5));
    }

    #[test]
    fn an_event_that_is_refused_holds_up_its_own_subject_only() {
        let envelopes = [event(1, 1), event(1, 2), event(2, 1), event(2, 2)];
        let mut rounds = Rounds::of(&envelopes);
        let refused = envelopes[0].id;
        while let Some(round) = rounds.next() {
            rounds.settle(&round.iter().map(|event| event.id).filter(|id| *id != refused).collect());
        }
        assert_eq!(rounds.outcome(None), Ok(vec![envelopes[2].id, envelopes[3].id]));
    }

    #[test]
    fn many_subjects_take_turns() {
        let envelopes: Vec<Envelope> = (1..=600).map(|subject| event(subject, 1)).collect();
        let mut rounds = Rounds::of(&envelopes);
        let mut sizes = Vec::new();
        while let Some(round) = rounds.next() {
            sizes.push(round.len());
            rounds.settle(&round.iter().map(|event| event.id).collect());
        }
        assert_eq!(sizes, [256, 256, 88]);
    }
}
