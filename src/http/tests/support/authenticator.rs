//! An authenticator for tests: it creates one passkey and signs with it, as W3C Web Authentication
//! Level 3 describes. `end2end/tests/passkeys.spec.ts` does the same with a browser's own.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use crate::system::digest::sha256;

/// User present, user verified, and credential data attached (6.1, "Authenticator Data").
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTACHED: u8 = 0x40;

/// An authenticator with one passkey.
#[derive(Clone)]
pub(in crate::http::tests) struct Authenticator {
    /// The origin that the browser states.
    pub origin: &'static str,
    /// Whether it verifies the user.
    pub verifies: bool,
    pub counter: u32,
    id: Vec<u8>,
    key: Vec<u8>,
    user: String,
}

impl Authenticator {
    /// An authenticator without a passkey yet, whose credential id begins with `number`.
    pub fn new(number: u8) -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let mut id = key.as_ref()[36..68].to_vec();
        id[0] = number;
        Self {
            origin: super::browser::ORIGIN,
            verifies: true,
            counter: 0,
            id: sha256(id).to_vec(),
            key: key.as_ref().to_vec(),
            user: String::new(),
        }
    }

    /// Creates the passkey that the options ask for, and answers as `PublicKeyCredential.toJSON`.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["attestation"], "none");
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let key = self.pair();
        let point = key.public_key().as_ref();
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), ATTACHED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        // A COSE key (RFC 9053, 7.1.1): EC2, ES256, P-256, x, y.
        data.extend([0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        // CBOR (RFC 8949) of { "fmt": "none", "attStmt": {}, "authData": data }.
        let mut object = b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        self.answer(json!({
            "clientDataJSON": encode(&self.client_data("webauthn.create", &options)),
            "attestationObject": encode(&object),
            "transports": ["internal", "smart-card"],
        }))
    }

    /// Signs the challenge of the options.
    pub fn sign(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"], json!([]), "nothing is said about accounts");
        let client_data = self.client_data("webauthn.get", &options);
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let signed = [&*data, &sha256(&client_data)].concat();
        let signature = self.pair().sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": self.user,
        }))
    }

    fn pair(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key, &SystemRandom::new()).unwrap()
    }

    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = sha256(rp_id).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn answer(&self, response: Value) -> String {
        let id = encode(&self.id);
        let results = json!({ "credProps": { "rk": true } });
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": if response.get("signature").is_some() { json!({}) } else { results },
            "response": response,
        })
        .to_string()
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
