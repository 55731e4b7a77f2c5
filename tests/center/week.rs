//! A week: what the center holds at the end of a day does not depend on how many days went before.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon::sip::Transport;

use crate::desks::Person;
use crate::network::Quality;
use crate::phone::Habit;
use crate::world::World;

const DAYS: usize = 7;
const CALLS: u64 = 150;
/// A few words of each of the last calls, for figures that come late.
const RING: &str = "visits that may still be measured";
const DAY: Duration = Duration::from_secs(24 * 3_600);

#[test]
fn a_week_leaves_nothing_behind() {
    let staff = [("ana", 9, 0), ("ben", 7, 3), ("cai", 0, 8)];
    let mut world = World::new(7, &staff, Person::Working, Quality::GOOD);
    world.everybody_ready(Transport::Udp, Habit::Human);
    let mut days: Vec<BTreeMap<&str, usize>> = Vec::new();
    for day in 0..DAYS {
        let evening = world.now + DAY;
        for n in 0..CALLS {
            let patience = Duration::from_millis(2_000 + world.rng.below(120_000));
            let from = format!("138{:02}{:06}", day, n * 977 % 1_000_000);
            world.call(&from, if n % 3 == 0 { "4001" } else { "4000" }, patience);
            // Numbers that are not there, too.
            if n % 10 == 0 {
                world.call(&from, "9999", patience);
            }
            world.run(DAY / 2 / CALLS as u32);
        }
        world.phones.retain(|_, phone| phone.register.is_some() || !phone.is_idle());
        world.run(evening.since(world.now));
        let mut held: BTreeMap<_, _> = world.center.held().into_iter().collect();
        let router = serde_json::to_string(&world.center.checkpoint(world.now)).unwrap();
        held.insert("bytes of the router's state", router.len());
        println!("day {}: {held:?}", day + 1);
        days.push(held);
    }
    let (second, last) = (&days[1], &days[DAYS - 1]);
    assert!(last[RING] <= 1_024, "a ring that fills slowly");
    for (table, after) in last.iter().filter(|(table, _)| **table != RING) {
        let before = second[table];
        assert!(*after <= before + before / 10 + 16, "{table}: {before} after two days, {after} after {DAYS}");
    }
}
