//! Every file that the threat model in `SECURITY.md` names exists.

use std::path::Path;

#[test]
fn every_file_that_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = include_str!("../../../SECURITY.md");
    let table = text.split("## Who could want what").nth(1).unwrap().split("\n## ").next().unwrap();
    let named: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    let mut found = 0;
    for name in named {
        let is_path = !name.contains(' ') && (name.contains('/') || Path::new(name).extension().is_some());
        if !is_path {
            continue;
        }
        let places = [root.join("src"), root.join("src/http"), root.join("src/http/tests"), root.to_owned()];
        assert!(places.iter().any(|place| place.join(name).exists()), "{name} is not there");
        found += 1;
    }
    assert!(found > 40, "{found}");
}
