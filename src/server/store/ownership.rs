//! Who may open a file of the database: its owner, its group and its mode. A file that takes its place is given the same.
//!
//! Root may restore a database for the user of a service. Without this, the new file would be root's, and the service
//! could not open it.

use std::path::Path;

use super::BackupError;

/// Who may open a file.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ownership {
    owner: u32,
    group: u32,
    mode: u32,
}

#[cfg(unix)]
impl Ownership {
    /// That of the file; without one, the folder's owner and group, of whom the owner alone may open it.
    ///
    /// # Errors
    /// [`BackupError::Owner`] if this process cannot give a file to that owner.
    pub fn of(file: &Path) -> Result<Self, BackupError> {
        use std::os::unix::fs::MetadataExt;

        let read = |path: &Path| {
            path.metadata().map_err(|error| BackupError::File { file: path.to_owned(), error }).map(|found| Self {
                owner: found.uid(),
                group: found.gid(),
                mode: found.mode() & 0o777,
            })
        };
        let is_there = file.is_file();
        let ownership = if is_there { read(file)? } else { Self { mode: 0o600, ..read(super::backup::folder(file))? } };
        let user = user();
        if user != 0 && user != ownership.owner {
            return Err(ownership.refused(file));
        }
        Ok(ownership)
    }

    /// Gives it to another file.
    ///
    /// # Errors
    /// [`BackupError`] if that is not allowed. That the group stays another is none where the group may do nothing.
    pub fn give(self, file: &Path) -> Result<(), BackupError> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

        let failed = |error| BackupError::File { file: file.to_owned(), error };
        let found = file.metadata().map_err(failed)?;
        if (found.uid(), found.gid()) != (self.owner, self.group)
            && chown(file, Some(self.owner), Some(self.group)).is_err()
            && (found.uid() != self.owner || self.mode & 0o070 != 0)
        {
            return Err(self.refused(file));
        }
        file.metadata()
            .map(|found| found.permissions())
            .and_then(|mut permissions| {
                permissions.set_mode(self.mode);
                std::fs::set_permissions(file, permissions)
            })
            .map_err(failed)
    }

    fn refused(self, file: &Path) -> BackupError {
        BackupError::Owner { file: file.to_owned(), owner: self.owner, user: user() }
    }
}

/// The user that this process runs as.
#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Elsewhere a file has whatever its folder hands down.
#[cfg(not(unix))]
pub(super) struct Ownership;

#[cfg(not(unix))]
impl Ownership {
    pub fn of(_: &Path) -> Result<Self, BackupError> {
        Ok(Self)
    }

    pub fn give(self, _: &Path) -> Result<(), BackupError> {
        Ok(())
    }
}
