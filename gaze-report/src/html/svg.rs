//! Inline SVG: the few elements that plots need. Looks are the style sheet's, so that they follow light and dark.

use std::fmt::{Display, Write as _};

/// A drawing that is being made.
pub(super) struct Svg {
    text: String,
}

/// The end of a text that lies at its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty drawing; `label` says what it shows to those who do not see it.
    pub(super) fn new(width: f64, height: f64, label: &str) -> Self {
        let label = escape(label);
        let text = format!("<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{label}\">");
        Self { text }
    }

    fn put(&mut self, element: impl Display) {
        write!(self.text, "{element}").expect("writing to a string does not fail");
    }

    /// A line; its title is what a browser shows when it is pointed at.
    pub(super) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], title: Option<&str>) {
        let title = title.map_or_else(String::new, |title| format!("<title>{}</title>", escape(title)));
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\">{title}</line>"
        ));
    }

    /// A rectangle between two corners, the upper left first.
    pub(super) fn rectangle(&mut self, class: &str, [left, top]: [f64; 2], [right, bottom]: [f64; 2]) {
        let (width, height) = (right - left, bottom - top);
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// A circle.
    pub(super) fn circle(&mut self, class: &str, [x, y]: [f64; 2], radius: f64) {
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>"));
    }

    /// A line through points; its title is what a browser shows when it is pointed at.
    pub(super) fn polyline(&mut self, class: &str, points: impl IntoIterator<Item = [f64; 2]>, title: &str) {
        let (points, title) = (coordinates(points), escape(title));
        self.put(format_args!("<polyline class=\"{class}\" points=\"{points}\"><title>{title}</title></polyline>"));
    }

    /// An area whose outline goes through points, with a title.
    pub(super) fn polygon(&mut self, class: &str, points: impl IntoIterator<Item = [f64; 2]>, title: &str) {
        let (points, title) = (coordinates(points), escape(title));
        self.put(format_args!("<polygon class=\"{class}\" points=\"{points}\"><title>{title}</title></polygon>"));
    }

    /// Squares with these upper left corners, as one path.
    pub(super) fn squares(&mut self, class: &str, corners: impl IntoIterator<Item = [f64; 2]>, side: f64) {
        let mut path = String::new();
        for [x, y] in corners {
            write!(path, "M{x:.1} {y:.1}h{side:.1}v{side:.1}h-{side:.1}z").expect("writing to a string does not fail");
        }
        if !path.is_empty() {
            self.put(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// Text, whatever is in it.
    pub(super) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// Text that reads from bottom to top.
    pub(super) fn upright_text(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let text = escape(text);
        self.put(format_args!(
            "<text class=\"{class}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">{text}\
             </text>"
        ));
    }

    /// A mark that stands on its tip.
    pub(super) fn diamond(&mut self, class: &str, [x, y]: [f64; 2], title: &str) {
        let title = escape(title);
        self.put(format_args!(
            "<path class=\"{class}\" d=\"M{x:.1} {:.1}l4.5 4.5l-4.5 4.5l-4.5 -4.5z\"><title>{title}</title></path>",
            y - 4.5
        ));
    }

    /// Round dots as one path of strokes without length: as small as many points can be.
    pub(super) fn dots(&mut self, class: &str, points: impl IntoIterator<Item = [f64; 2]>) {
        let path = dots(points);
        self.put(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }
}

/// Points as polylines and polygons have them.
fn coordinates(points: impl IntoIterator<Item = [f64; 2]>) -> String {
    points.into_iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// The path of strokes without length at these points, to a tenth.
pub(super) fn dots(points: impl IntoIterator<Item = [f64; 2]>) -> String {
    let mut path = String::new();
    for [x, y] in points {
        write!(path, "M{x:.1} {y:.1}h0").expect("writing to a string does not fail");
    }
    path
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        let hostile = "\"'><script>&";
        let mut svg = Svg::new(10.0, 10.0, hostile);
        svg.line("a", [0.0; 2], [1.0; 2], Some(hostile));
        svg.text("b", [0.0; 2], Anchor::Start, hostile);
        svg.upright_text("c", [0.0; 2], hostile);
        svg.diamond("d", [0.0; 2], hostile);
        svg.polyline("e", [[0.0; 2]], hostile);
        svg.polygon("f", [[0.0; 2]], hostile);
        let svg = svg.finish();
        assert!(!svg.contains("<script") && !svg.contains('\''), "{svg}");
        assert_eq!(svg.matches("&quot;&#39;&gt;&lt;script&gt;&amp;").count(), 7);
    }

    #[test]
    fn dots_are_strokes_without_length() {
        assert_eq!(dots([[1.0, 2.25], [-0.5, 30.0]]), "M1.0 2.2h0M-0.5 30.0h0");
    }
}
