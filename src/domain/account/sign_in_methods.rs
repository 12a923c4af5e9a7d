//! The methods with which a user signs in to an account, and which of them may go.

/// The sign-in methods of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInMethods {
    pub has_password: bool,
    /// How many passkeys work at this site.
    pub passkeys: usize,
    /// How many identities are at an identity provider of this site.
    pub identities: usize,
    /// Whether a link to set a new password reaches the user: the site sends mail, and the owner of
    /// the address confirmed it.
    pub can_reset: bool,
}

impl SignInMethods {
    /// Whether the password may be removed: two other methods remain, or one and the link that sets
    /// a new password. A passkey alone is lost with its device, and the account with it.
    pub const fn can_remove_password(self) -> bool {
        self.has_password && self.passkeys + self.identities >= if self.can_reset { 1 } else { 2 }
    }

    /// Whether a passkey may be removed: another method remains. It may be the last but one, since
    /// a lost passkey must go.
    pub const fn can_remove_passkey(self) -> bool {
        self.has_password || self.passkeys + self.identities > 1
    }

    /// Whether an identity may be removed: another method remains.
    pub const fn can_remove_identity(self) -> bool {
        self.can_remove_passkey()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_method_stays_and_a_password_goes_only_if_a_lost_device_locks_nobody_out() {
        for (has_password, passkeys, identities, can_reset, password, passkey) in [
            (true, 0, 0, false, false, true),
            (true, 0, 0, true, false, true),
            (true, 1, 0, false, false, true),
            (true, 1, 0, true, true, true),
            (true, 2, 0, false, true, true),
            (true, 0, 1, false, false, true),
            (true, 1, 1, false, true, true),
            (false, 1, 0, false, false, false),
            (false, 1, 0, true, false, false),
            (false, 2, 0, false, false, true),
            (false, 2, 0, true, false, true),
            (false, 0, 1, true, false, false),
            (false, 1, 1, false, false, true),
        ] {
            let methods = SignInMethods { has_password, passkeys, identities, can_reset };
            let found = (methods.can_remove_password(), methods.can_remove_passkey());
            assert_eq!(found, (password, passkey), "{methods:?}");
        }
    }
}
