//! The calculators against tables computed in high precision.

use carillon::acd::erlang::{Input, fill_table, solve, staff};

/// Empties the computed columns, fills them in again and compares each cell.
fn refilled(table: &str, inputs: usize) {
    let mut emptied = String::new();
    for (line, at) in table.lines().filter(|line| !line.starts_with('#')).zip(0..) {
        let cells: Vec<&str> = line.split(',').collect();
        let kept = cells.iter().enumerate().map(|(c, cell)| if at == 0 || c < inputs { *cell } else { "" });
        emptied.push_str(&kept.collect::<Vec<_>>().join(","));
        emptied.push('\n');
    }
    let filled = fill_table(&emptied).unwrap();
    let wanted = table.lines().filter(|line| !line.starts_with('#'));
    for (got, wanted) in filled.lines().zip(wanted).skip(1) {
        for (got_cell, wanted_cell) in got.split(',').zip(wanted.split(',')) {
            let (Ok(a), Ok(b)) = (got_cell.parse::<f64>(), wanted_cell.parse::<f64>()) else {
                assert_eq!(got_cell, wanted_cell, "{got} / {wanted}");
                continue;
            };
            assert!((a - b).abs() <= 1e-9 * b.abs(), "{a} instead of {b}\n{got}\n{wanted}");
        }
    }
}

#[test]
fn erlang_c() {
    refilled(include_str!("tables/erlang_c.csv"), 4);
}

#[test]
fn erlang_a() {
    refilled(include_str!("tables/erlang_a.csv"), 6);
}

#[test]
fn erlang_a_large_and_extreme() {
    refilled(include_str!("tables/erlang_a_large.csv"), 6);
}

#[test]
fn erlang_a_at_the_edges() {
    refilled(include_str!("tables/erlang_a_edges.csv"), 6);
}

#[test]
fn a_table_filled_in_reads_back_as_itself() {
    for table in [include_str!("tables/erlang_a_edges.csv"), include_str!("tables/erlang_c.csv")] {
        let once = fill_table(table).unwrap();
        assert_eq!(fill_table(&once).unwrap(), once);
    }
}

#[test]
fn what_cannot_be_calculated_is_told() {
    let usual = Input { agents: 50, load: 45.0, aht: 180.0, patience: Some(60.0), lines: None, within: 20.0 };
    let odd = [
        ("agents must be a positive number", Input { agents: 0, ..usual }),
        ("load must be a positive number", Input { load: 0.0, ..usual }),
        ("load must be a positive number", Input { load: f64::NAN, ..usual }),
        ("load is larger than the calculator takes", Input { load: 1e9, ..usual }),
        ("aht must be a positive number", Input { aht: 0.0, ..usual }),
        ("aht must be a positive number", Input { aht: f64::INFINITY, ..usual }),
        ("patience must be a positive number", Input { patience: Some(0.0), ..usual }),
        ("within must be a positive number", Input { within: -1.0, ..usual }),
        ("lines is larger than the calculator takes", Input { lines: Some(u32::MAX), ..usual }),
        ("patience is larger than the calculator takes", Input { load: 50.0, patience: Some(1e18), ..usual }),
    ];
    for (told, input) in odd {
        assert_eq!(solve(&input).expect_err(told).to_string(), told, "{input:?}");
    }
    for target in [0.0, 1.0, 80.0, -0.5, f64::NAN] {
        let told = staff(&usual, target).expect_err("no part").to_string();
        assert_eq!(told, "target must lie between 0 and 1, both excluded");
    }
    for (target, patience) in [(1e-12, None), (1.0 - 1e-15, None), (1e-12, Some(60.0)), (1.0 - 1e-15, Some(60.0))] {
        let (agents, reached) = staff(&Input { patience, ..usual }, target).unwrap();
        assert!(agents >= 1 && reached.sl_offered >= target, "{target} {patience:?}: {agents}");
    }
}

/// The smallest number that reaches the target, by trying every one.
#[test]
fn staffing_is_exact() {
    let cases = [(0.3, None, None), (18.2, Some(45.0), None), (40.0, Some(300.0), Some(3)), (77.0, None, Some(9))];
    for (load, patience, lines) in cases {
        for target in [0.5, 0.8, 0.95, 0.999] {
            let input = Input { agents: 1, load, aht: 200.0, patience, lines, within: 15.0 };
            let (agents, reached) = staff(&input, target).unwrap();
            let at = |agents: u32| solve(&Input { agents, ..input }).unwrap().sl_offered;
            let first = (1..).find(|agents| at(*agents) >= target).unwrap();
            assert_eq!((agents, reached.sl_offered), (first, at(first)), "{input:?} {target}");
        }
    }
}

#[test]
fn staffing() {
    refilled(include_str!("tables/staffing.csv"), 4);
}

#[test]
fn columns_that_are_missing_are_added() {
    let filled = fill_table("n,offered_load\n2,1\n").unwrap();
    assert_eq!(filled, "n,offered_load,p_block,occupancy\n2,1,0.2,0.4\n");
    assert_eq!(fill_table("n,offered_load\n0,3\n").unwrap(), "n,offered_load,p_block,occupancy\n0,3,1,\n");
    assert!(fill_table("a,b\n1,2\n").is_err());
    assert!(fill_table("").is_err());
    let odd = "n,offered_load,aht_s,mean_patience_s,t_s,extra_lines\n5,4,180,120,20,2.5\n";
    assert_eq!(fill_table(odd).unwrap_err().to_string(), "line 2: extra_lines is missing or no number");
    assert_eq!(fill_table("n,offered_load\nx,1\n").unwrap_err().to_string(), "line 2: n is missing or no number");
}

/// Identities that hold exactly in the model, over sizes and loads far beyond the tables.
#[test]
fn identities_hold_up_to_five_thousand_agents() {
    for agents in [1, 7, 50, 400, 5_000] {
        for utilisation in [0.1, 0.7, 0.95, 1.0, 1.05, 1.6] {
            for patience in [20.0, 120.0, 3_600.0] {
                for lines in [None, Some(0), Some(3), Some(2_000)] {
                    let load = f64::from(agents) * utilisation;
                    let input = Input { agents, load, aht: 240.0, patience: Some(patience), lines, within: 20.0 };
                    check_identities(&input);
                }
            }
        }
    }
}

fn check_identities(input: &Input) {
    let got = solve(input).unwrap();
    let near = |a: f64, b: f64, what: &str| {
        assert!((a - b).abs() <= 2e-9 * b.abs().max(1e-12), "{what}: {a} and {b} for {input:?}");
    };
    let patience = input.patience.unwrap();
    near(got.p_abandon, got.mean_wait_s / patience, "P(abandon) = E[W] / patience");
    let carried = input.load * (1.0 - got.p_block) * (1.0 - got.p_abandon);
    near(got.occupancy, carried / f64::from(input.agents), "carried load");
    let within = got.sl_offered + got.p_wait_gt_t;
    assert!(within <= 1.0 + 1e-9 && got.sl_excl_short >= got.sl_offered - 1e-12, "{got:?}");
    assert!(got.sl_answered >= got.sl_offered && got.p_wait >= 0.0 && got.p_wait <= 1.0, "{got:?}");
    let mean = (1.0 - got.p_abandon) * got.asa_s;
    let lost = if got.p_abandon > 0.0 { got.p_abandon * got.mean_wait_ab_s } else { 0.0 };
    near(mean + lost, got.mean_wait_s, "waits of both kinds");
}

#[test]
fn without_patience_and_with_many_lines_it_is_erlang_c() {
    for (agents, load) in [(10, 8.0), (400, 380.0), (5_000, 4_950.0)] {
        let c = solve(&Input { agents, load, aht: 180.0, patience: None, lines: None, within: 20.0 }).unwrap();
        let limited = Input { agents, load, aht: 180.0, patience: None, lines: Some(200_000), within: 20.0 };
        let limited = solve(&limited).unwrap();
        for (a, b) in [(c.p_wait, limited.p_wait), (c.asa_s, limited.asa_s), (c.p_wait_gt_t, limited.p_wait_gt_t)] {
            assert!((a - b).abs() <= 1e-9 * b, "{a} and {b} for {agents}");
        }
    }
}
