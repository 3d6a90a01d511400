//! Figures as text, and tables of them.

/// A share in percent with one digit, or two significant ones if it is small.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = if percent == 0.0 || percent >= 0.995 { 1 } else { decimals(percent) };
    format!("{percent:.decimals$} %")
}

/// A multiple of chance with three significant digits.
pub(crate) fn times(multiple: f64) -> String {
    let decimals = match multiple {
        0.0 => 0,
        100.0.. => 0,
        10.0.. => 1,
        0.1.. => 2,
        _ => decimals(multiple),
    };
    format!("{multiple:.decimals$}×")
}

/// The number of decimals with which two significant digits show, at most nine.
fn decimals(value: f64) -> usize {
    (1..9).find(|&decimals| value * 10f64.powi(decimals) >= 9.95).map_or(9, |decimals| decimals.unsigned_abs() as usize)
}

/// The rows with columns of one width: so many first ones to the left, numbers to the right.
pub(crate) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text += cells.collect::<Vec<_>>().join("   ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_multiples_keep_their_digits() {
        let shares = [0.0, 1.0, 0.1234, 0.00996, 0.0095, 0.00012, 1e-12].map(percent);
        assert_eq!(shares, ["0.0 %", "100.0 %", "12.3 %", "1.0 %", "0.95 %", "0.012 %", "0.000000000 %"]);
        let multiples = [0.0, 1.0, 123.4, 12.34, 1.234, 0.123, 0.0123].map(times);
        assert_eq!(multiples, ["0×", "1.00×", "123×", "12.3×", "1.23×", "0.12×", "0.012×"]);
    }

    #[test]
    fn columns_have_one_width() {
        let rows = [vec!["a".to_owned(), "10".to_owned()], vec!["länger".to_owned(), "2".to_owned()]];
        assert_eq!(aligned(&rows, 1), "a        10\nlänger    2\n");
        assert_eq!(aligned(&rows, 2), "a        10\nlänger   2\n");
    }
}
