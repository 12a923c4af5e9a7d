//! Owner, group and mode of a database file, which a file that replaces it gets too.
//!
//! Root may restore a database for the user of a service. Without this, the new file would belong
//! to root, and the service could not open it.

#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::{io, path::Path};

use crate::store::BackupError;

/// Owner, group and mode of a file.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ownership {
    owner: u32,
    group: u32,
    mode: u32,
}

#[cfg(unix)]
impl Ownership {
    /// Reads the ownership of a file. For a new file it is mode 600, and the owner of the folder if
    /// the process runs as root, else the user of the process.
    ///
    /// # Errors
    /// [`BackupError::Owner`] if this process may not give a file to that owner.
    pub fn of(file: &Path) -> Result<Self, BackupError> {
        let read = |path: &Path| {
            let found = path.metadata().map_err(|error| BackupError::File { file: path.to_owned(), error })?;
            Ok(Self { owner: found.uid(), group: found.gid(), mode: found.mode() & 0o777 })
        };
        let user = user();
        let ownership = if file.is_file() {
            read(file)?
        } else {
            let of_folder = read(super::backup::folder(file))?;
            Self { owner: if user == 0 { of_folder.owner } else { user }, mode: 0o600, ..of_folder }
        };
        if user == 0 || user == ownership.owner { Ok(ownership) } else { Err(ownership.refused(file)) }
    }

    /// Gives another file the same ownership. Errors name it as `name`.
    ///
    /// # Errors
    /// [`BackupError`] if that is not permitted. A group that cannot be set is an error only if the
    /// mode gives the group any access.
    pub fn give(self, file: &Path, name: &Path) -> Result<(), BackupError> {
        let failed = |error| BackupError::File { file: name.to_owned(), error };
        let found = file.metadata().map_err(failed)?;
        if (found.uid(), found.gid()) != (self.owner, self.group)
            && chown(file, Some(self.owner), Some(self.group)).is_err()
            && (found.uid() != self.owner || self.mode & 0o070 != 0)
        {
            return Err(self.refused(name));
        }
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(self.mode)).map_err(failed)
    }

    fn refused(self, file: &Path) -> BackupError {
        BackupError::Owner { file: file.to_owned(), owner: self.owner, user: user() }
    }
}

/// The effective user id of this process.
#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Adds owner and user to a permission error.
pub(crate) fn explain(file: &Path, error: io::Error) -> io::Error {
    #[cfg(unix)]
    if error.kind() == io::ErrorKind::PermissionDenied
        && let Some((found, owner)) = file.ancestors().find_map(|path| Some((path, path.metadata().ok()?.uid())))
    {
        let (found, user) = (found.display(), user());
        let said = format!("{error}: {found} belongs to user {owner}, and this runs as user {user}");
        return io::Error::new(error.kind(), said);
    }
    error
}

/// Logs a warning if other users than the owner may open a secret file.
pub(crate) fn warn_if_open_to_others(file: &Path) {
    #[cfg(unix)]
    if let Ok(found) = file.metadata()
        && found.mode() & 0o077 != 0
    {
        let (file, mode) = (file.display(), found.mode() & 0o777);
        tracing::warn!("{file} can be opened by others than its owner (mode {mode:o}): run chmod 600 {file}");
    }
}

/// On other systems a file inherits the permissions of its folder.
#[cfg(not(unix))]
pub(crate) struct Ownership;

#[cfg(not(unix))]
impl Ownership {
    pub fn of(_: &Path) -> Result<Self, BackupError> {
        Ok(Self)
    }

    pub fn give(self, _: &Path, _: &Path) -> Result<(), BackupError> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;
    use crate::telemetry::log::captured::CapturedLog;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_file_that_may_not_be_opened_is_named_with_its_owner_and_the_user_who_asks() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("consent.key");
        fs::write(&file, "")?;
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let (found, owner) = (file.display(), file.metadata()?.uid());
        let said = explain(&file, denied()).to_string();
        assert!(
            said.ends_with(&format!("{found} belongs to user {owner}, and this runs as user {}", user())),
            "{said}"
        );
        let said = explain(&folder.path().join("gone"), denied()).to_string();
        assert!(said.contains(&format!("{} belongs to user {owner}", folder.path().display())), "{said}");
        let other = explain(&file, io::ErrorKind::NotFound.into()).to_string();
        assert!(!other.contains("belongs"), "{other}");
        Ok(())
    }

    #[test]
    fn a_file_that_others_may_open_is_warned_of() -> Outcome {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("harmony.sqlite");
        fs::write(&file, "")?;
        for (mode, is_warned_of) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
            let log = CapturedLog::default();
            let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).finish();
            tracing::subscriber::with_default(subscriber, || warn_if_open_to_others(&file));
            let logged = log.text();
            let advice = format!("(mode {mode:o}): run chmod 600 {}", file.display());
            assert_eq!(logged.contains("WARN") && logged.contains(&advice), is_warned_of, "{mode:o}: {logged:?}");
        }
        Ok(())
    }
}
