//! Makes rendered pages valid HTML: removes what Leptos leaves for its scripts.
//!
//! Called for every rendered page.

use memchr::memmem;

/// The end of a page.
const END: &str = "</html>";

/// Leptos's mark between the parts of a page. Browsers accept it; the standard calls it a parse
/// error.
const MARK: &str = "<!>";

/// Cleans up a rendered page.
///
/// The scripts of an island would count the marks in its own view, but the only one
/// (`islands::enhanced_forms`) is one element around content of the server. What Leptos adds after
/// a page is removed too: the page's script has it (`layout::inline_scripts`).
pub(crate) fn finish(html: &str) -> String {
    let html = html.rfind(END).and_then(|end| html.get(..end + END.len())).unwrap_or(html);
    let mut clean = String::with_capacity(html.len());
    let mut begin = 0;
    for mark in memmem::find_iter(html.as_bytes(), MARK) {
        clean.push_str(html.get(begin..mark).unwrap_or_default());
        begin = mark + MARK.len();
    }
    clean.push_str(html.get(begin..).unwrap_or_default());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_marks_nor_what_follows_the_page_stay() {
        for end in ["</body></html>", "</body><!></html>"] {
            let rendered = format!("<body><p>a<!>b</p>{end}<script>SCRIPT</script>");
            assert_eq!(finish(&rendered), "<body><p>ab</p></body></html>");
        }
    }

    #[test]
    fn what_is_no_page_stays_as_it_is() {
        assert_eq!(finish("a < b && c > d"), "a < b && c > d");
        assert_eq!(finish(""), "");
    }
}
