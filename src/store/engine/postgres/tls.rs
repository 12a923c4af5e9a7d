//! TLS for the connection to a server, and the verification of its certificate.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::{
    StoreError,
    server_address::{Address, Tls},
};

/// Creates the TLS connector for an address, if it uses TLS.
pub(in crate::store) fn connector(address: &Address) -> Result<Option<MakeRustlsConnect>, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let unsuitable = |error: &dyn std::error::Error| StoreError::Unsuitable(format!("TLS cannot be used: {error}"));
    let mut verifier =
        Verifier { chain: None, trusted: Vec::new(), algorithms: provider.signature_verification_algorithms };
    let checks_chain = match address.0.tls {
        Tls::Disable => return Ok(None),
        Tls::Prefer => false,
        Tls::Require => address.0.roots.is_some(),
        Tls::VerifyCa | Tls::VerifyFull => true,
    };
    if checks_chain {
        let mut roots = RootCertStore::empty();
        let certificates = certificates(address.0.roots.as_deref())?;
        roots.add_parsable_certificates(certificates.iter().cloned());
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        verifier.chain = Some((chain.map_err(|error| unsuitable(&error))?, address.0.tls == Tls::VerifyFull));
        // A self-signed server certificate is not a certificate authority, but is trusted if the
        // URL names it.
        verifier.trusted = if address.0.roots.is_some() { certificates } else { Vec::new() };
    }
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        config.map_err(|error| unsuitable(&error))?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    // PostgreSQL 17 requires ALPN with `sslnegotiation=direct`.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(Some(MakeRustlsConnect::new(config)))
}

/// The certificates of a file, or of the operating system.
fn certificates(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    let Some(file) = file else {
        let certificates = rustls_native_certs::load_native_certs().certs;
        return if certificates.is_empty() {
            let sentence = "the operating system trusts no certificate authority: install its certificates, or write sslrootcert=FILE";
            Err(StoreError::Unsuitable(sentence.into()))
        } else {
            Ok(certificates)
        };
    };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(StoreError::Unsuitable("sslrootcert: the file holds no certificate".into()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(StoreError::Unsuitable(format!("sslrootcert: the file cannot be read: {error}"))),
    }
}

/// Verifies as much of a certificate as `sslmode` requires. The handshake signature is always
/// verified, because channel binding depends on it.
#[derive(Debug)]
struct Verifier {
    /// The trusted authorities, and whether the host name is checked.
    chain: Option<(Arc<WebPkiServerVerifier>, bool)>,
    /// Certificates that are trusted as they are.
    trusted: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some((chain, checks_name)) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let verified = if self.trusted.contains(end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)
        } else {
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map(drop)
        };
        match verified {
            // The name is checked last, so everything else is valid.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !checks_name => Ok(ServerCertVerified::assertion()),
            verified => verified.map(|()| ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
