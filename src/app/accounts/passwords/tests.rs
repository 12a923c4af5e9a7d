//! Passwords are hashed, verified and checked.

use std::{
    error::Error,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

fn passwords() -> Result<Passwords, PasswordError> {
    Passwords::new(&Rng::system())
}

fn secret(text: &str) -> Password {
    Password::from(text.to_owned())
}

async fn weakness(passwords: &Passwords, typed: &str) -> Result<Option<PasswordWeakness>, Box<dyn Error>> {
    let email = Email::parse("anna.lindqvist@example.org").ok_or("no address")?;
    Ok(passwords.weakness(&secret(typed), &email, "Lindner Brothers").await?)
}

#[tokio::test]
async fn a_password_is_known_by_its_hash_and_another_is_not() -> Outcome {
    let passwords = passwords()?;
    let stored = passwords.hash(&secret("copper violin meadow"), &Rng::system()).await?;
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(passwords.verify(&secret("copper violin meadow"), Some(stored.clone())).await?);
    for other in ["", "copper violin meado", "copper violin meadow ", " copper violin meadow", "Copper violin meadow"] {
        assert!(!passwords.verify(&secret(other), Some(stored.clone())).await?, "{other:?}");
    }
    Ok(())
}

#[tokio::test]
async fn equal_passwords_have_different_hashes() -> Outcome {
    let (passwords, rng) = (passwords()?, Rng::system());
    let password = secret("copper violin meadow");
    assert_ne!(passwords.hash(&password, &rng).await?, passwords.hash(&password, &rng).await?);
    Ok(())
}

#[tokio::test]
async fn no_password_matches_the_dummy_hash() -> Outcome {
    let (passwords, rng) = (passwords()?, Rng::system());
    let stored = passwords.hash(&secret("copper violin meadow"), &rng).await?;
    assert_eq!(costs(&passwords.dummy_hash())?, costs(&stored)?, "it takes the same work");
    assert!(!passwords.verify(&secret("copper violin meadow"), None).await?);
    // The password of the dummy hash itself does not match either.
    *passwords.dummy_hash() = stored;
    assert!(!passwords.verify(&secret("copper violin meadow"), None).await?);
    Ok(())
}

/// The passwords of a server with another cost.
fn with_cost(memory: u32, passes: u32) -> Result<Passwords, Box<dyn Error>> {
    Ok(Passwords { params: Params::new(memory, passes, 1, None)?, ..passwords()? })
}

#[tokio::test]
async fn a_no_takes_the_work_of_the_costliest_hash_and_a_yes_that_of_its_own() -> Outcome {
    let (passwords, rng) = (passwords()?, Rng::system());
    let (right, wrong) = (secret("copper violin meadow"), secret("copper violin"));
    let hash =
        async |memory, passes| with_cost(memory, passes)?.hash(&right, &rng).await.map_err(Box::<dyn Error>::from);
    let (cheap, cheaper) = (hash(9_728, 2).await?, hash(4_000, 1).await?);
    let today = work(&passwords.params);
    let worked = async |password: &Password, stored: Option<&String>| {
        let before = passwords.buffers.done.load(Ordering::Relaxed);
        let is_right = passwords.verify(password, stored.cloned()).await?;
        Ok::<_, Box<dyn Error>>((is_right, passwords.buffers.done.load(Ordering::Relaxed) - before))
    };
    for stored in [None, Some(&cheap), Some(&cheaper)] {
        assert_eq!(worked(&wrong, stored).await?, (false, today), "{stored:?}");
    }
    assert_eq!(worked(&right, Some(&cheaper)).await?, (true, 4_000));
    // After the server sees a hash that costs more than today's, each wrong password costs as much.
    let expensive = hash(20_000, 3).await?;
    passwords.raise_dummy_cost(&expensive);
    for stored in [None, Some(&cheap), Some(&cheaper), Some(&expensive)] {
        let (is_right, work) = worked(&wrong, stored).await?;
        assert!(!is_right && (59_995..=60_000).contains(&work), "{work} for {stored:?}");
    }
    passwords.raise_dummy_cost("no hash");
    passwords.raise_dummy_cost(&cheap);
    assert_eq!(worked(&wrong, None).await?, (false, 60_000), "it does not fall again");
    Ok(())
}

#[tokio::test]
async fn a_hash_of_lower_cost_is_renewed_and_no_other_is() -> Outcome {
    let (passwords, rng) = (passwords()?, Rng::system());
    let password = secret("copper violin meadow");
    for (memory, passes, is_renewed) in [
        (9_728, 4, true),
        (38_912, 1, true),
        (4_000, 1, true),
        (19_456, 2, false),
        (19_456, 3, false),
        (20_000, 2, false),
    ] {
        let stored = with_cost(memory, passes)?.hash(&password, &rng).await?;
        let renewed = passwords.rehash_if_outdated(&password, &stored, &rng).await;
        assert_eq!(renewed.is_some(), is_renewed, "{memory} {passes}");
        if let Some(renewed) = renewed {
            assert!(
                !is_lower(&costs(&renewed)?, &passwords.params) && work(&costs(&renewed)?) == work(&passwords.params)
            );
            assert!(passwords.verify(&password, Some(renewed)).await?);
        }
    }
    assert_eq!(passwords.rehash_if_outdated(&password, "no hash", &rng).await, None);
    Ok(())
}

#[tokio::test]
async fn an_invalid_stored_hash_is_an_error() -> Outcome {
    let answer = passwords()?.verify(&secret("copper violin meadow"), Some("plain".into())).await;
    assert!(matches!(answer, Err(PasswordError::Hash(_))), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn the_spellings_of_one_character_make_one_password() -> Outcome {
    let passwords = passwords()?;
    let stored = passwords.hash(&secret("bl\u{e5}b\u{e4}r \u{fb01}sk 12"), &Rng::system()).await?;
    for same in ["bla\u{30a}ba\u{308}r fisk 12", "bl\u{e5}b\u{e4}r fisk \u{ff11}\u{ff12}"] {
        assert!(passwords.verify(&secret(same), Some(stored.clone())).await?, "{same}");
    }
    assert!(!passwords.verify(&secret("blabar fisk 12"), Some(stored)).await?);
    Ok(())
}

#[tokio::test]
async fn a_password_is_counted_in_normalized_characters() -> Outcome {
    let passwords = passwords()?;
    for (typed, expected) in [
        ("", Some(PasswordWeakness::Short)),
        ("k7Qp2xVn9Lw", Some(PasswordWeakness::Short)),
        ("k7Qp2xVn9Lwa\u{30a}", None),
        ("k7Qp2xVn9La\u{30a}", Some(PasswordWeakness::Short)),
        (&"tomorrow we sail at dawn ".repeat(11), Some(PasswordWeakness::Long)),
    ] {
        assert_eq!(weakness(&passwords, typed).await?, expected, "{typed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_common_password_is_refused() -> Outcome {
    let passwords = passwords()?;
    let common = "passwordpassword Password1234! P@ssw0rd1234 drowssap1234 thisisapassword adminadmin123 letmeinplease
        123456789012 111111222222 aaaaaaaaaaaa abcabcabcabc abcdefghijkl qwertyuiop12 QWERTYUIOPASDF 1q2w3e4r5t6y
        1qaz2wsx3edc zxcvbnm,./12 iloveyou1234 iloveyouforever liverpool1892 michelle1987 \u{ff50}\u{ff41}ssword1234
        lindnerlindner lindner12345 lindnerbrothers cookiecookie1 lindnercookie anna.lindqvist@example.org annalindqvist
        anna.lindqvist@example.org1985 Lindqvist2024! exampleexample";
    for typed in common.split_whitespace() {
        assert_eq!(weakness(&passwords, typed).await?, Some(PasswordWeakness::Common), "{typed}");
    }
    for typed in ["password".repeat(32), "a".repeat(256), "1234567890".repeat(12)] {
        assert_eq!(weakness(&passwords, &typed).await?, Some(PasswordWeakness::Common), "{typed}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_hard_to_guess_is_taken() -> Outcome {
    let passwords = passwords()?;
    let leet = "4@8({[<3691!|17$5+7%20".repeat(11);
    for typed in [
        "correct lamp river stone",
        "otterfjordlantern",
        "tablewindowgreenhouse",
        "k7Qp2xVn9Lw4",
        "x9$Tq!m2Zr#7",
        "hqzkvtpwmxlr",
        "9f3b1c7e5a2d",
        "vbxq-kdtr-wpzm",
        "tomorrow we sail at dawn",
        "min katt sover i fönstret",
        "Она пошла в лес за грибами",
        "私の猫は毎朝窓辺で眠っている",
        "ο γάτος μου κοιμάται",
        &leet,
        &format!("{}k7Qp2xVn9Lw4", "a".repeat(100)),
        &"x9$Tq!m2Zr#7.bK4".repeat(16),
    ] {
        assert_eq!(weakness(&passwords, typed).await?, None, "{typed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_long_address_as_a_password_is_refused_and_makes_nothing_fail() -> Outcome {
    let email =
        Email::parse(&format!("{0}@{1}.{1}.example.org", "aA4".repeat(21), "oO0".repeat(20))).ok_or("no address")?;
    for typed in [email.to_string(), "qwqwqwqaqaqaswsw".repeat(16), "1475869632569874".repeat(16), "İ".repeat(80)] {
        let typed = typed.chars().take(256).collect::<String>();
        passwords()?.weakness(&Password::from(typed), &email, "Harmony").await?;
    }
    let email = Email::parse("margareta.oxenstierna.hammarskjold@correspondence.example.org").ok_or("no address")?;
    let found = passwords()?.weakness(&Password::from(format!("{email}1985")), &email, "Harmony").await?;
    assert_eq!(found, Some(PasswordWeakness::Common));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_operations_are_limited() -> Outcome {
    assert_eq!([0, 1, 2, 3, 4, 64].map(permit_count), [1, 1, 1, 2, 2, 2]);
    let passwords = Arc::new(passwords()?);
    let allowed = passwords.hash_permits.available_permits();
    let (at_work, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = task::JoinSet::new();
    for _ in 0..8 {
        let (passwords, at_work, peak) = (Arc::clone(&passwords), Arc::clone(&at_work), Arc::clone(&peak));
        tasks.spawn(async move {
            let work = move || {
                peak.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(5));
                at_work.fetch_sub(1, Ordering::SeqCst);
            };
            passwords.with_permit(work).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    assert!((1..=allowed).contains(&peak.load(Ordering::SeqCst)));
    Ok(())
}

#[tokio::test]
async fn a_cancelled_caller_does_not_free_its_permit_before_the_work_ends() -> Outcome {
    let passwords = passwords()?;
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let allowed = passwords.hash_permits.available_permits();
    let work = passwords.with_permit(move || ended.recv());
    assert!(tokio::time::timeout(Duration::from_millis(20), work).await.is_err());
    assert_eq!(passwords.hash_permits.available_permits(), allowed - 1);
    drop(end);
    Ok(())
}

#[test]
fn nothing_of_a_password_is_printed() -> Outcome {
    assert_eq!(format!("{:?}", passwords()?), "Passwords");
    Ok(())
}

#[tokio::test]
async fn a_caller_above_the_queue_limit_fails_at_once() -> Outcome {
    let passwords = passwords()?;
    let permits: Vec<_> = std::iter::from_fn(|| passwords.queue.try_acquire()).collect();
    assert_eq!(permits.len(), MAX_QUEUE);
    let answer = passwords.verify(&secret("copper violin meadow"), None).await;
    assert!(matches!(answer, Err(PasswordError::Busy)), "{answer:?}");
    drop(permits);
    assert!(!passwords.verify(&secret("copper violin meadow"), None).await?);
    Ok(())
}
