//! Tests of the section about scanpaths.

use gaze_study::scanpaths::{IndexPoint, ShownStimulus};

use super::*;

fn group(name: &str, directions: &[usize], by_index: Vec<IndexPoint>) -> GroupFigures {
    GroupFigures {
        group: name.to_owned(),
        scanpaths: 3,
        observers: None,
        figures: Vec::new(),
        directions: directions.to_vec(),
        by_index,
    }
}

fn point(index: usize, duration_ms: Option<f64>) -> IndexPoint {
    IndexPoint {
        index,
        scanpaths: 9,
        duration_ms,
        duration_error_ms: duration_ms.map(|_| 10.0),
        amplitude_px: None,
        amplitude_error_px: None,
    }
}

#[test]
fn directions_turn_from_the_right_upwards_and_the_largest_share_reaches_the_ring() {
    let (a, none) = (group("<a>", &[1, 3, 0, 0], Vec::new()), group("none", &[0; 4], Vec::new()));
    let svg = polar::draw(&[&a, &none]).unwrap();
    // Up is at the top: 150 − 112.
    assert!(svg.contains("150.0,38.0"), "{svg}");
    assert!(svg.contains("187.3,150.0") && svg.contains("75.0 %"), "{svg}");
    assert!(svg.contains("&lt;a&gt;") && !svg.contains("NaN"));
    assert_eq!(polar::draw(&[&none]), None);
}

#[test]
fn a_course_is_drawn_for_each_figure_that_is_known() {
    let a = group("A", &[], vec![point(1, Some(200.0)), point(2, Some(260.0)), point(3, None)]);
    let drawn = curves::draw(&[&a]);
    assert_eq!(drawn.len(), 1, "nobody has amplitudes");
    let svg = drawn[0].get_attr("svg").unwrap().to_string();
    assert_eq!((svg.matches("class=\"error l0\"").count(), svg.matches("class=\"curve l0\"").count()), (2, 1));
    assert_eq!(svg.matches("h0").count(), 2);
    assert!(curves::draw(&[]).is_empty());
}

#[test]
fn the_matrix_has_a_square_for_each_pair_and_a_line_between_groups() {
    let matrix = vec![None, Some(0.2), Some(0.8), Some(0.2), None, Some(0.5), Some(0.8), Some(0.5), None];
    let shown = ShownStimulus { place: 0, rank_biserial: None, measure: "ScanMatch", groups: vec![0, 0, 1], matrix };
    let drawn = matrix::draw(&shown, &["A", "<b>"], "k").unwrap();
    assert_eq!(drawn.svg.matches('z').count(), 6);
    assert_eq!(drawn.svg.matches("class=\"edge\"").count(), 2);
    assert!(drawn.svg.contains("class=\"cell c0\"") && drawn.svg.contains("class=\"cell c8\""), "{}", drawn.svg);
    assert!(drawn.svg.contains("&lt;b&gt;"));
    assert!((drawn.range[0] - 0.2).abs() < 1e-15 && (drawn.range[1] - 0.8).abs() < 1e-15);
    let empty = ShownStimulus { matrix: Vec::new(), ..shown };
    assert!(matrix::draw(&empty, &["A", "B"], "k").is_none());
}

#[test]
fn a_probability_is_never_zero() {
    let written = [Some(0.0), Some(0.0002), Some(0.0512), None].map(probability);
    assert_eq!(written, ["< 0.0001", "0.0002", "0.051", "–"]);
}
