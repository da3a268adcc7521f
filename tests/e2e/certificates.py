"""A private CA and certificates for localhost, made with the openssl tool, as an operator would."""

import os
import subprocess


class Certificates:
    def __init__(self, directory):
        self.directory = str(directory)
        self.ca = os.path.join(self.directory, "ca.crt")
        self.certificate = os.path.join(self.directory, "server.crt")
        self.key = os.path.join(self.directory, "server.key")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True, timeout=60)

    def make(self):
        os.makedirs(self.directory, exist_ok=True)
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", "/CN=end-to-end CA", "-keyout", "ca.key", "-out", "ca.crt",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.renew()
        return self

    def renew(self):
        """A new key and certificate under the same CA, each file replaced in one step."""
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "new.key", "-out", "new.csr")
        with open(os.path.join(self.directory, "extensions"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        self._openssl("x509", "-req", "-in", "new.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "30", "-extfile", "extensions", "-out", "new.crt")
        os.replace(os.path.join(self.directory, "new.key"), self.key)
        os.replace(os.path.join(self.directory, "new.crt"), self.certificate)
