//! Five hundred malicious texts: each is rejected, or inert in the page.
//!
//! A table of constructs and disguises, very large or deep texts, and random texts from stored
//! seeds. `http::tests::hostile` sends the accepted ones through the whole router.

use std::{
    fs,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    super::{edition, source},
    HEAD, edition as read_edition, properties,
};
use crate::domain::{i18n::languages::Languages, policy::document::link_is_safe};

/// The time limit for parsing a text.
const LONGEST: Duration = Duration::from_secs(1);

/// After this time a parse counts as endless.
const NEVER: Duration = Duration::from_mins(1);

/// The stack of the parsing thread: a sixteenth of a server thread's.
const STACK: usize = 128 * 1024;

/// What a link could run, or where it could lead, in some disguise.
const TARGETS: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "javascript&#x00003A;alert(1)",
    "&#106;avascript:alert(1)",
    "java&#x73;cript:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "java%0ascript:alert(1)",
    "java\\script:alert(1)",
    "&#1;javascript:alert(1)",
    "\u{1}javascript:alert(1)",
    "\u{feff}javascript:alert(1)",
    "\u{a0}javascript:alert(1)",
    "\u{200b}javascript:alert(1)",
    "\u{202e}javascript:alert(1)",
    "javascript\u{ff1a}alert(1)",
    "ｊavascript:alert(1)",
    "//javascript:alert(1)",
    "javascript://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "DATA:image/svg+xml,<svg/onload=alert(1)>",
    "vbscript:msgbox(1)",
    "VBSCRIPT&colon;msgbox(1)",
    "file:///etc/passwd",
    "blob:https://example.org/1",
    "filesystem:https://example.org/1",
    "view-source:javascript:alert(1)",
    "jar:https://example.org!/a",
    "feed:javascript:alert(1)",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example\\",
    "/&#92;evil.example",
    "/&sol;evil.example",
    "/&#9;/evil.example",
    "https:evil.example",
    "http://evil.example/",
    "?javascript:alert(1)",
    "./javascript:alert(1)",
    "tel:+1",
    "tel:javascript:alert(1)",
    "tel:+1\"onclick=\"alert(1)",
    "#\"onmouseover=alert(1)",
    "https://example.org/\"onmouseover=\"alert(1)",
    "https://example.org/'onmouseover='alert(1)",
    "https://example.org/><script>alert(1)</script>",
    "mailto:a@b.c?subject=</a><script>alert(1)</script>",
];

/// How a text can name a target.
fn links(to: &str) -> [String; 6] {
    [
        format!("[a]({to})"),
        format!("[a](<{to}>)"),
        format!("<{to}>"),
        format!("[a][b]\n\n[b]: {to}"),
        format!("![a]({to})"),
        format!("<a href=\"{to}\">a</a>"),
    ]
}

/// Texts that would be markup or code if they were not escaped.
const TEXTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</script>",
    "a <script>alert(1)</script> b",
    "a <!-- <script> --> b",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<!DOCTYPE html>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<form action=//evil.example><button>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src onerror=alert(1)>\">",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    "</article></main><script>alert(1)</script>",
    "</p><p onclick=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script\\>alert(1)\\</script\\>",
    "`<script>alert(1)</script>`",
    "`` `</code><script>alert(1)</script>` ``",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "~~~ \"onclick=alert(1)\n~~~",
    "**<b onclick=alert(1)>**",
    "*&lt;img src onerror=alert(1)&gt;*",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
    "## A {#a onclick=alert(1)}",
    "## A {#a\"onclick=\"alert(1)}",
    "## A {onclick=alert(1)}",
    "## A {#\"><script>alert(1)</script>}",
    "## <script>alert(1)</script> {#a}",
    "## &lt;script&gt; {#a}",
    "### <script>",
    "{{ <script>alert(1)</script> }}",
    "{{ ../../etc/passwd }}",
    "{{ purposes }}{{ controls }}",
    "{{ cookie-table | safe }}",
    "{% include \"/etc/passwd\" %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "| <script>alert(1)</script> |\n|---|",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "~~<script>~~",
    "+++\nversion = \"9.9\"\n+++",
    "---\nlayout: x\n---",
    "[a](/ \"onclick=alert(1)\")",
    "[<script>alert(1)</script>](/)",
    "[![a](/x)](javascript:alert(1))",
    "[a](javascript:alert(1)",
    "[a]: javascript:alert(1)",
    "[a]:\njavascript:alert(1)\n\n[a]",
    "[javascript:alert(1)]",
    "a\0b",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "java\0script:alert(1)",
    "a\u{8}b",
    "a\u{1b}[2Jb",
    "a\u{7f}b",
    "a\u{9b}b",
    "\u{202e}desrever si siht",
    "\u{2066}a\u{2069}\u{2067}b",
    "a\u{2028}b\u{2029}c",
    "\u{feff}\u{feff}# Title",
    "a\u{fffe}b\u{ffff}c\u{10ffff}",
    "Z\u{351}\u{327}\u{334}\u{359}a\u{335}l\u{337}g\u{338}o",
    "\r<script>\r",
    "a\r\rb",
    "\u{c}<b>",
    "&NotAnEntity; &#xffffffff; &#0; &#xd800;",
];

/// Joins numbered pieces.
fn numbered(pieces: usize, piece: impl Fn(usize) -> String) -> String {
    (0..pieces).map(piece).collect()
}

/// How long a file may be, in bytes.
fn full() -> usize {
    usize::try_from(source::MAX_FILE_BYTES).unwrap_or(usize::MAX)
}

/// As many of each of these as a file may have are a text.
const MARKS: &[&str] = &[
    "a",
    "a ",
    "a\n",
    "\n",
    ">",
    "> ",
    "- a\n",
    "*",
    "**a",
    "_",
    "*a_ ",
    "`",
    "`a",
    "``` ",
    "~~~\n",
    "[",
    "]",
    "](",
    "![",
    "[a](",
    "[a](<",
    "[^",
    "<",
    "<b>",
    "</",
    "<!--",
    "<!",
    "<?",
    "<a ",
    "<a href=\"",
    "&",
    "&#",
    "&amp;",
    "\\",
    "\\\\",
    "#",
    "# a\n",
    "### a\n",
    "{",
    "{{",
    "}}",
    "{#",
    "|",
    "|-",
    "|a|\n|-|\n",
    "~",
    "~~",
    "$",
    "$$",
    ":",
    "://",
    "www.",
    "http://a",
    "https://a.b",
    "https://a.b/(",
    "a@",
    "a@b.c",
    "@",
    ".",
    "/",
    ": ",
    "a\n: b\n",
    "[^1]: a\n",
    "[^1]",
    "{%",
    "{: ",
    "!!! ",
    "\\{",
    "\\|",
    "<br>",
    "\t",
    "    a\n\n",
    "\r",
    "\u{202e}",
    "é",
    "\u{10ffff}",
    "\0",
];

/// Texts that are large or deep on purpose.
fn bombs() -> Vec<(String, String)> {
    let deep = 10_000;
    let room = full() - HEAD.len() - 100;
    let up_to = |piece: &str| piece.repeat(room / piece.len());
    let named = |name: &str, text: String| (name.to_owned(), text);
    let mut all = vec![
        named("nested quotations", ">".repeat(deep) + " a"),
        named("nested quotations with spaces", "> ".repeat(deep) + "a"),
        named("nested lists", "- ".repeat(deep) + "a"),
        named("nested ordered lists", "1. ".repeat(deep) + "a"),
        named("nested lists by indentation", numbered(700, |depth| " ".repeat(2 * depth) + "- a\n")),
        named("nested emphasis", "*a _b ".repeat(deep) + &"c_ d*".repeat(deep)),
        named("nested strong", "**a".repeat(deep) + &"b**".repeat(deep)),
        named("nested links", "[".repeat(deep) + "a" + &"](/)".repeat(deep)),
        named("nested images", "![".repeat(deep) + "a" + &"](/)".repeat(deep)),
        named("nested parentheses in a target", "[a](".to_owned() + &"(".repeat(deep) + &")".repeat(deep) + ")"),
        named("nested quotations on many lines", (">".repeat(100) + " a\n\n").repeat(1_000)),
        named("a wide table", "|a".repeat(deep) + "|\n" + &"|-".repeat(deep) + "|\n"),
        named("a long table", "|a|b|\n|-|-|\n".to_owned() + &"|c|d|\n".repeat(deep)),
        named(
            "cells that a table makes up",
            "|a".repeat(1_000) + "|\n" + &"|-".repeat(1_000) + "|\n" + &"|\n".repeat(deep),
        ),
        named("definitions that call each other", numbered(deep, |n| format!("[{n}]: /{}\n", n + 1))),
        named("one definition called often", "[a][b] ".repeat(deep) + "\n\n[b]: /" + &"x".repeat(deep)),
        named("links to definitions that are not there", "[a][b] ".repeat(deep)),
        named("a long heading in every row", format!("|{}|\n|-|\n{}", "x".repeat(room / 2), "|a|\n".repeat(room / 8))),
        named(
            "tables that leave out their cells",
            ("|a".repeat(40) + "|\n" + &"|-".repeat(40) + "|\n" + &"|\n".repeat(300) + "\n").repeat(150),
        ),
        named("one footnote called often", "a[^1] ".repeat(deep) + "\n\n[^1]: b"),
        named("footnotes by the thousand", numbered(4_000, |n| format!("a[^{n}]\n\n[^{n}]: b\n\n"))),
        named("definitions", "a\n: b\n\n".repeat(deep)),
        named("subheadings", "## a {#a}\n### a\n".to_owned() + &"#### a\n".repeat(deep)),
        named("sections without an id", "## a\n".repeat(deep)),
        named("addresses", "https://example.org/a_b ".repeat(deep)),
        named("an address of one line", "https://a.b/".to_owned() + &"(".repeat(room - 20)),
        named("footnotes that call each other", numbered(2_000, |n| format!("[^{n}]: [^{}]\n\n", n + 1))),
        named("braces", "{{ ".repeat(deep) + &" }}".repeat(deep)),
        named("headings", "# a\n".repeat(deep)),
        named("sections", numbered(deep, |n| format!("## a {{#s{n}}}\n"))),
        named("one line of 10 MB", "a".repeat(10 * 1024 * 1024)),
        named("words of 10 MB", "a ".repeat(5 * 1024 * 1024)),
    ];
    for mark in MARKS {
        all.push(named(&format!("a whole file of {mark:?}"), up_to(mark)));
    }
    all
}

/// Random texts of Markdown marks, from fixed seeds.
fn by_chance() -> impl Iterator<Item = (String, String)> {
    (0..100_u8).map(|seed| {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let text = properties::markdown().new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default();
        (format!("seed {seed}"), text)
    })
}

/// Every hostile text, with a name; the large ones last.
pub(crate) fn all() -> Vec<(String, String)> {
    let small = TARGETS.iter().flat_map(|to| links(to)).chain(TEXTS.iter().map(|text| (*text).to_owned()));
    small.map(|text| (text.clone(), text)).chain(by_chance()).chain(bombs()).collect()
}

/// The file that contains a text.
pub(crate) fn as_file(text: &str) -> String {
    format!("{HEAD}# Title\n\n{text}\n")
}

/// The CPU time of this thread; where the system does not tell it, the time since `started`.
fn worked(started: Instant) -> Duration {
    let said = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = said.split(' ').next().and_then(|said| said.parse().ok());
    nanoseconds.map_or_else(|| started.elapsed(), Duration::from_nanos)
}

/// The time that parsing a text takes; `None` if it does not end.
///
/// # Panics
/// If the parser panics.
fn time_to_read(text: String) -> Option<Duration> {
    let (done, is_done) = mpsc::channel();
    let reads = move || {
        let started = Instant::now();
        // A file that is too long is refused before its text is parsed.
        if text.len() <= full() {
            let read = read_edition(&text);
            assert!(properties::links(&read).iter().all(|to| link_is_safe(to)), "{text}");
        }
        let _ = done.send(worked(started));
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(reads);
    assert!(thread.is_ok());
    let took = is_done.recv_timeout(NEVER);
    assert_ne!(took, Err(RecvTimeoutError::Disconnected), "reading broke down");
    took.ok()
}

#[test]
fn five_hundred_hostile_texts_are_read_or_refused_within_a_second_each_on_a_small_stack() {
    let all = all();
    assert!(all.len() >= 500, "{}", all.len());
    let times = all.into_iter().map(|(name, text)| (name, time_to_read(as_file(&text))));
    let slow: Vec<_> = times.filter(|(_, took)| took.is_none_or(|took| took > LONGEST)).collect();
    assert_eq!(slow, []);
}

#[test]
fn a_file_of_ten_megabytes_is_refused_before_it_is_read() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("1.0.md");
    fs::write(&file, as_file(&"a".repeat(10 * 1024 * 1024)))?;
    let start = Instant::now();
    let found = edition::load(folder.path(), &Languages::shipped());
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    let said: Vec<_> = found.diagnostics.iter().map(|mistake| mistake.what.as_str()).collect();
    assert_eq!(said, ["the file is longer than 256 KiB"]);
    Ok(())
}
