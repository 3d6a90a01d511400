//! Tests of the scanpaths of a study.

use super::*;

fn stored(group: &str, observer: Option<&str>, seed: usize) -> StoredScanpath {
    // Made-up places that differ from observer to observer; the second group looks at the right half.
    let along = |step: usize, side: usize| ((seed * 37 + step * 53 + step * step * seed) % side) as f64;
    let right = if group == "B" { 60.0 } else { 0.0 };
    StoredScanpath {
        group: group.to_owned(),
        observer: observer.map(str::to_owned),
        first_ms: seed.is_multiple_of(2).then_some(150.0),
        x: (0..8).map(|step| right + along(step, 40)).collect(),
        y: (0..8).map(|step| along(step + 3, 80)).collect(),
        durations_ms: Some((0..8).map(|step| 100.0 + along(step, 200)).collect()),
    }
}

/// Three stimuli with four observers in each of two groups.
fn gathered(named: bool) -> Gathered {
    let mut gatherer = Gatherer::new(&["A".to_owned(), "B".to_owned()]);
    for place in 0..3u32 {
        let mut all = StimulusScanpaths { height: 80, width: 100, ..StimulusScanpaths::default() };
        for observer in 0..8 {
            let (group, name) = (if observer < 4 { "A" } else { "B" }, format!("o{observer}"));
            let seed = observer + 11 * usize::try_from(place).unwrap() + 1;
            all.scanpaths.push(stored(group, named.then_some(name.as_str()), seed));
        }
        gatherer.add(place, &format!("s{place}"), &all);
    }
    gatherer.finish()
}

#[test]
fn named_observers_are_exchanged_and_groups_that_look_elsewhere_differ() {
    let made = summarize(&gathered(true));
    let summary = &made.summary;
    assert_eq!(summary.exchanged.what, "observers");
    assert_eq!(summary.comparisons.len(), MEASURES.len());
    for name in ["scanmatch", "eyenalysis", "multimatch_position"] {
        let found = summary.comparisons.iter().find(|comparison| comparison.measure == name).unwrap();
        // C(8, 4) divisions, of which the observed one and the one with exchanged names separate them best.
        assert!(found.is_exact && found.assignments == 70, "{found:?}");
        assert!((found.p_value.unwrap() - 2.0 / 70.0).abs() < 1e-12 && found.difference.unwrap() > 0.0, "{found:?}");
        assert_eq!(found.accuracy, Some(1.0), "{found:?}");
        assert!(found.p_holm >= found.p_value);
    }
    // A distance is told as one.
    let within = summary.comparisons.iter().find(|comparison| comparison.measure == "eyenalysis").unwrap();
    assert!(within.between.unwrap() > within.within_first.unwrap() && within.within_first.unwrap() > 0.0);
    assert_eq!(summary.groups[0].observers, Some(4));
    assert!(summary.groups.iter().all(|group| group.figures[0].mean == Some(8.0) && group.figures[0].count == 4));
    assert_eq!(summary.groups[0].directions.iter().sum::<usize>(), 3 * 4 * 7);
    assert_eq!(summary.groups[0].by_index.len(), 8);
    assert_eq!(summary.groups[0].by_index[7].amplitude_px, None);
    assert_eq!(summary.shown.len(), 3);
    assert_eq!(summary.shown[0].groups, [0, 0, 0, 0, 1, 1, 1, 1]);
    assert_eq!((summary.shown[0].matrix.len(), summary.shown[0].matrix[0]), (64, None));
}

#[test]
fn without_names_scanpaths_are_exchanged_within_stimuli_and_the_reason_is_told() {
    let made = summarize(&gathered(false));
    assert_eq!(made.summary.exchanged.what, "scanpaths within stimuli");
    assert!(made.summary.exchanged.because.starts_with("The dataset does not name its observers"));
    let found = &made.summary.comparisons[5];
    // 70³ divisions are too many to try.
    assert!(!found.is_exact && found.assignments == 5000, "{found:?}");
    assert!(found.p_value.unwrap() < 0.01, "{found:?}");
    assert!(made.observers.is_empty() && made.summary.groups[0].observers.is_none());
    assert_eq!(made.summary.groups[0].figures[0].count, 12);
}

#[test]
fn an_observer_in_two_groups_cannot_be_exchanged() {
    let mut gatherer = Gatherer::new(&["A".to_owned(), "B".to_owned()]);
    let mut all = StimulusScanpaths { height: 80, width: 200, ..StimulusScanpaths::default() };
    for seed in 0..3 {
        all.scanpaths.push(stored("A", Some(&format!("o{seed}")), seed + 1));
        all.scanpaths.push(stored("B", Some(&format!("o{seed}")), seed + 5));
    }
    gatherer.add(0, "s", &all);
    let made = summarize(&gatherer.finish());
    assert!(made.summary.exchanged.because.starts_with("3 of the observers' names occur in several groups (o0 does)"));
    // The pairs of an observer with itself do not count: 9 − 3 between the groups.
    let between = made.summary.likeness.iter().find(|found| found.group != found.other).unwrap();
    assert_eq!((between.pairs, between.undefined), (6, 0));
}

#[test]
fn what_a_scanpath_lacks_is_counted_and_told() {
    let mut gatherer = Gatherer::new(&["A".to_owned()]);
    let mut all =
        StimulusScanpaths { height: 80, width: 100, without_fixations: 2, without_durations: 1, ..Default::default() };
    all.scanpaths.push(stored("A", None, 1));
    all.scanpaths.push(StoredScanpath { x: vec![5.0], y: vec![5.0], durations_ms: None, ..stored("A", None, 2) });
    all.scanpaths.push(StoredScanpath { y: Vec::new(), ..stored("A", None, 2) });
    gatherer.add(0, "s", &all);
    let made = summarize(&gatherer.finish());
    assert_eq!(
        made.summary.notes,
        [
            "2 scanpaths have no fixation on their image and are left out",
            "1 scanpath has a duration that is none, and is compared without durations",
            "1 scanpath cannot be read from its part",
        ]
    );
    let of = |name: &str| made.summary.likeness.iter().find(|found| found.measure == name).unwrap();
    assert_eq!((of("scanmatch").pairs, of("multimatch_vector").pairs), (1, 0));
    let reason = of("multimatch_vector").reason.as_deref();
    assert_eq!(reason, Some("MultiMatch needs 3 fixations or more, the scanpath has 1"));
    assert!(made.summary.comparisons.is_empty(), "there is one group");
}

#[test]
fn many_groups_are_described_and_not_compared() {
    let groups: Vec<String> = (0..5).map(|group| format!("g{group}")).collect();
    let mut gatherer = Gatherer::new(&groups);
    let mut all = StimulusScanpaths { height: 80, width: 100, ..StimulusScanpaths::default() };
    all.scanpaths.extend(groups.iter().enumerate().map(|(seed, group)| stored(group, None, seed)));
    gatherer.add(0, "s", &all);
    let made = summarize(&gatherer.finish());
    assert!(made.summary.comparisons.is_empty());
    assert_eq!(made.summary.notes, ["5 groups are too many to be compared by their scanpaths in pairs"]);
    assert_eq!(made.summary.likeness.len(), 5 * MEASURES.len());
}
