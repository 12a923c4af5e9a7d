//! Makes rendered pages valid HTML: replaces or removes what Leptos leaves for its scripts.
//!
//! Called for every rendered page.

use memchr::memmem;

/// The end of a page.
const END: &str = "</body></html>";

/// Leptos's mark between the parts of a page. Browsers accept it; the standard calls it a parse
/// error.
const MARK: &str = "<!>";

/// Cleans up a rendered page.
///
/// The scripts of an island count the marks. On a page with an island, each mark becomes a valid
/// comment; on any other page it is removed. What Leptos adds after a page is removed too: the
/// page's script has it (`layout::inline_scripts`).
pub(crate) fn finish(html: &str, has_island: bool) -> String {
    let html = html.rfind(END).and_then(|end| html.get(..end + END.len())).unwrap_or(html);
    let mut marked = String::with_capacity(html.len() * 2);
    let mut begin = 0;
    for mark in memmem::find_iter(html.as_bytes(), MARK) {
        marked.push_str(html.get(begin..mark).unwrap_or_default());
        marked.push_str(if has_island { "<!---->" } else { "" });
        begin = mark + MARK.len();
    }
    marked.push_str(html.get(begin..).unwrap_or_default());
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_for_an_island_alone_and_what_follows_the_page_goes() {
        let rendered = "<body><p>a<!>b</p></body></html><script>SCRIPT</script>";
        assert_eq!(finish(rendered, true), "<body><p>a<!---->b</p></body></html>");
        assert_eq!(finish(rendered, false), "<body><p>ab</p></body></html>");
    }

    #[test]
    fn what_is_no_page_stays_as_it_is() {
        assert_eq!(finish("a < b && c > d", false), "a < b && c > d");
        assert_eq!(finish("", true), "");
    }
}
