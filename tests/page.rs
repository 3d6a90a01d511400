//! Tables of the documentation that tests make, for `tests/conformance.rs` and `gaze-metrics/tests/scanpaths`, which both include this file.

use std::{env, fs, path::Path};

/// At most: the next power of ten. The last digits may differ between mathematical libraries.
pub(crate) fn bound(difference: f64) -> String {
    if difference > 0.0 { format!("≤ 1e{:.0}", (2.0 * difference).log10().ceil()) } else { "0".to_owned() }
}

/// Compares what stands between two marks of a page with a table; with `UPDATE_CONFORMANCE` it writes the table there.
pub(crate) fn check_table(path: &Path, [begin, end]: [&str; 2], table: &str) {
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(begin).unwrap();
    let (committed, after) = rest.split_once(end).unwrap();
    if env::var_os("UPDATE_CONFORMANCE").is_some() {
        fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    for (line, (committed, made)) in committed.lines().zip(table.lines()).enumerate() {
        assert_eq!(committed, made, "line {line} of the table");
    }
    assert_eq!(committed.lines().count(), table.lines().count());
}
