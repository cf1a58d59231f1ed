//! Certificates of every kind, made by OpenSSL on the spot.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::find;

/// A private authority and what it signs, in one folder.
pub struct Authority {
    folder: tempfile::TempDir,
}

/// A certificate with its key in one PEM file, as `--cert` of websockify takes it.
pub type Pem = PathBuf;

impl Authority {
    pub fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        this.openssl(&[
            "req",
            "-x509",
            "-subj",
            "/CN=a private authority",
            "-days",
            "2",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ]);
        this
    }

    /// The authority's own certificate.
    pub fn file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate of this authority for `names` (`IP:127.0.0.1`, `DNS:ctl1`); `days` may lie in the past.
    pub fn sign(&self, label: &str, names: &str, not_after: Option<&str>) -> Pem {
        let (key, request, out) = (format!("{label}.key"), format!("{label}.csr"), format!("{label}.crt"));
        self.openssl(&["req", "-new", "-subj", "/CN=console", "-keyout", &key, "-out", &request]);
        std::fs::write(self.path("ext"), format!("subjectAltName={names}\nbasicConstraints=CA:FALSE\n")).unwrap();
        match not_after {
            None => self.openssl(&[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                "ext",
                "-out",
                &out,
            ]),
            Some(when) => {
                // `x509` of OpenSSL 3.0 cannot date back; `ca` can, and wants a book to keep.
                std::fs::write(self.path("index.txt"), "").unwrap();
                std::fs::write(
                    self.path("ca.cnf"),
                    "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n",
                )
                .unwrap();
                self.openssl(&[
                    "ca",
                    "-config",
                    "ca.cnf",
                    "-batch",
                    "-notext",
                    "-rand_serial",
                    "-cert",
                    "ca.pem",
                    "-keyfile",
                    "ca.key",
                    "-startdate",
                    "20200101000000Z",
                    "-enddate",
                    when,
                    "-extfile",
                    "ext",
                    "-in",
                    &request,
                    "-out",
                    &out,
                ]);
            }
        }
        self.join(label, &out, &key)
    }

    /// A certificate that signs itself.
    pub fn self_signed(&self, names: &str) -> Pem {
        let names = format!("subjectAltName={names}");
        self.openssl(&[
            "req",
            "-x509",
            "-subj",
            "/CN=console",
            "-days",
            "2",
            "-addext",
            &names,
            "-keyout",
            "self.key",
            "-out",
            "self.crt",
        ]);
        self.join("self", "self.crt", "self.key")
    }

    /// A directory as QEMU's `tls-creds-x509` wants it: this authority, and a certificate with its key.
    pub fn directory(&self, label: &str, pem: &Path) -> PathBuf {
        let dir = self.path(&format!("{label}.d"));
        std::fs::create_dir(&dir).unwrap();
        std::fs::copy(self.file(), dir.join("ca-cert.pem")).unwrap();
        for name in ["server-cert.pem", "server-key.pem"] {
            std::fs::copy(pem, dir.join(name)).unwrap();
        }
        dir
    }

    fn join(&self, label: &str, certificate: &str, key: &str) -> Pem {
        let both = [certificate, key].map(|file| std::fs::read_to_string(self.path(file)).unwrap()).concat();
        let file = self.path(&format!("{label}.pem"));
        std::fs::write(&file, both).unwrap();
        file
    }

    fn path(&self, file: &str) -> PathBuf {
        Path::new(self.folder.path()).join(file)
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new(find("openssl", "openssl"));
        command.current_dir(self.folder.path()).args(arguments);
        if arguments[0] == "req" {
            command.args(["-newkey", "rsa:2048", "-nodes"]);
        }
        let done = command.stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}
