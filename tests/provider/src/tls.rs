//! Certificates of all sorts, made anew for each test: a good one and three bad ones.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate for a server, with the authority that signed it.
pub struct Certificate {
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key: Vec<u8>,
    authority: String,
}

impl Certificate {
    /// For `localhost`, signed by [`Self::authority`].
    pub fn good() -> Self {
        Self::make("localhost", false)
    }

    /// For `localhost`, over since years.
    pub fn expired() -> Self {
        Self::make("localhost", true)
    }

    /// For another host.
    pub fn other_host() -> Self {
        Self::make("elsewhere.example", false)
    }

    /// The authority's certificate in PEM: with it [`Self::good`] is trusted, without it none is.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    fn make(host: &str, expired: bool) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
            .expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        if expired {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        }
        let leaf = params.signed_by(&key, &authority).expect("a certificate");
        Self {
            chain: vec![leaf.der().clone()],
            key: key.serialize_der(),
            authority: authority.pem(),
        }
    }
}

pub(crate) fn config(
    certificate: &Certificate,
) -> Result<Arc<rustls::ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.key.clone()));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificate.chain.clone(), key)?;
    Ok(Arc::new(config))
}
