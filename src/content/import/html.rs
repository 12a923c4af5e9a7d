//! The Markdown that takes the place of HTML.

/// The Markdown of a block of HTML: its text, with paragraphs, headings, items and links.
pub(super) fn block(html: &str) -> String {
    let (mut text, mut rest, mut links) = (String::new(), html, Vec::new());
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let Some((tag, behind)) = tag.split_once('>') else {
            rest = "";
            break;
        };
        let name = tag_name(tag);
        if matches!(name.as_str(), "script" | "style") {
            let closes = |(at, _): &(usize, &str)| {
                let named = behind.get(at + 2..at + 2 + name.len());
                named.is_some_and(|found| found.eq_ignore_ascii_case(&name))
            };
            rest = behind.match_indices("</").find(closes).and_then(|(at, _)| behind.get(at..)).unwrap_or_default();
            continue;
        }
        text.push_str(&self::tag(&format!("<{tag}>"), &mut links));
        rest = behind;
    }
    text.push_str(rest);
    let trimmed: Vec<_> = text.lines().map(str::trim).collect();
    trimmed.join("\n").trim().to_owned()
}

/// The name of a tag, with a slash if it closes.
fn tag_name(tag: &str) -> String {
    let tag = tag.trim_start_matches('<');
    let end =
        tag.find(|c: char| c.is_whitespace() || c == '>' || (c == '/' && !tag.starts_with('/'))).unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default().to_ascii_lowercase()
}

/// The Markdown that takes the place of a tag. `links` are the targets of the open links.
pub(super) fn tag(tag: &str, links: &mut Vec<Option<String>>) -> String {
    let level = |name: &str| {
        name.strip_prefix('h').and_then(|level| level.parse().ok()).filter(|level| (1..=6).contains(level))
    };
    match tag_name(tag).as_str() {
        "a" => {
            let to = attribute(tag, "href").filter(|to| !to.contains(['<', '>', '\n', ' ']));
            let with = if to.is_some() { "[" } else { "" };
            links.push(to);
            with.to_owned()
        }
        "/a" => links.pop().flatten().map(|to| format!("](<{to}>)")).unwrap_or_default(),
        "br" | "p" | "/p" | "div" | "/div" | "ul" | "/ul" | "ol" | "/ol" | "section" | "/section" | "tr" | "/tr"
        | "table" | "/table" | "blockquote" | "/blockquote" | "summary" | "/summary" | "details" | "/details"
        | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6" | "dt" | "/dt" | "dd" | "/dd" => "\n\n".to_owned(),
        "li" => "\n- ".to_owned(),
        "hr" => "\n\n---\n\n".to_owned(),
        "img" => attribute(tag, "alt").unwrap_or_default(),
        "td" | "th" => " ".to_owned(),
        name => level(name).map(|level: usize| format!("\n\n{} ", "#".repeat(level))).unwrap_or_default(),
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!("{name}="))?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next(),
        None => value.split(|c: char| c.is_whitespace() || c == '>').next(),
    };
    value.map(|value| value.replace("&amp;", "&"))
}
