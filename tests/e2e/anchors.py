"""A witness and a time-stamping authority of the tests' own, as one process outside the stack (tests/support)."""

import json
import os
import subprocess


class Anchors:
    """Knows the logs of `log_vkeys`. `witness_url`, `witness_vkey`, `timestamper_url`, `timestamper_ca_file` say where it is."""

    def __init__(self, bin_directory, log_vkeys):
        self.process = subprocess.Popen([os.path.join(bin_directory, "affidavit-test-anchors"), *log_vkeys], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        vars(self).update(json.loads(self.process.stdout.readline()))

    def tell(self, command):
        """"witness MODE" or "timestamper MODE"; see tests/support/anchor_server.cc."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n", command

    def stop(self):
        """Its files go with it."""
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(20)

    def tables(self):
        """Of the configuration file: (header, values)."""
        return [("[[timestampers]]", {"name": "test-tsa", "url": self.timestamper_url, "ca_file": self.timestamper_ca_file}),
                ("[[witnesses]]", {"url": self.witness_url, "vkey": self.witness_vkey})]
