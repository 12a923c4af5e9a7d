//! Pages as the HTML standard has them: what the framework leaves in them for its scripts is written so that a checker has nothing to say, or
//! is taken out where there is no script. Called wherever a page was rendered.

/// What a page ends with.
const END: &str = "</body></html>";

/// The mark that the framework sets between the parts of a page: a comment that browsers forgive and the standard calls a mistake.
const MARK: &str = "<!>";

/// Finishes a rendered page.
///
/// The scripts of an island count the marks, so there they become the same comment as the standard writes it, and what the framework adds
/// behind the page goes into it. Any other page needs neither.
pub(crate) fn finish(html: &str, has_island: bool) -> String {
    let html = html.replace(MARK, if has_island { "<!---->" } else { "" });
    match html.rsplit_once(END) {
        Some((page, scripts)) if has_island => [page, scripts, END].concat(),
        Some((page, _)) => [page, END].concat(),
        None => html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_scripts_stay_for_an_island_alone() {
        let rendered = "<body><p>a<!>b</p></body></html><script>SCRIPT</script>";
        assert_eq!(finish(rendered, true), "<body><p>a<!---->b</p><script>SCRIPT</script></body></html>");
        assert_eq!(finish(rendered, false), "<body><p>ab</p></body></html>");
    }

    #[test]
    fn what_is_no_page_stays_as_it_is() {
        assert_eq!(finish("a < b && c > d", false), "a < b && c > d");
        assert_eq!(finish("", true), "");
    }
}
