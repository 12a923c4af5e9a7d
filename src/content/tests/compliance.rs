//! What `compliance.json` may say.

use std::{fs, io, path::Path};

use super::{
    super::{Content, compliance},
    inventory_of, shown, write_strings,
};

fn parse(text: &str) -> Vec<String> {
    compliance::parse(Path::new("compliance.json"), text).map_err(|mistakes| shown(&mistakes)).err().unwrap_or_default()
}

#[test]
fn a_mistake_is_named_with_its_line_and_with_what_mends_it() {
    for (text, says) in [
        ("", "compliance.json:1: EOF while parsing a value: run make compliance, which writes this file anew"),
        ("{}", "compliance.json:1: missing field `format`: run make compliance, which writes this file anew"),
        (
            "{\n  \"format\": 1,\n  \"by\": 1\n}",
            "compliance.json:3: unknown field `by`, expected one of `format`, `made`, `site`, `edition`, `browser`, `rules`: \
             run make compliance, which writes this file anew",
        ),
    ] {
        assert_eq!(parse(text), [says]);
    }
}

#[test]
fn a_report_with_a_mistake_is_a_mistake_of_the_content_and_none_is_none() -> io::Result<()> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("policy/en"))?;
    write_strings(folder.path())?;
    fs::write(folder.path().join("cookies.toml"), inventory_of(&["1.0", "1.1"]))?;
    for name in ["policy/en/1.0.md", "policy/en/1.1.md"] {
        fs::copy(shipped.join(name), folder.path().join(name))?;
    }
    let found = Content::load(folder.path()).map(|content| content.compliance);
    assert_eq!(found, Ok(None));
    fs::write(folder.path().join("compliance.json"), "{}")?;
    let mistakes = Content::load(folder.path()).map_err(|mistakes| shown(&mistakes)).err().unwrap_or_default();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].contains("compliance.json:1: missing field `format`"), "{mistakes:?}");
    Ok(())
}
