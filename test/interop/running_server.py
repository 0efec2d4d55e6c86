"""Starts the real server from this checkout over an empty folder, with the example of August 2018 in it."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = [ROOT / "node_modules/.bin/node", ROOT / "scripts/pollwatch.js"]
START_SECONDS = 60
STOP_SECONDS = 40

# A plain collection that a partner may read and write, for what partners otherwise may not do.
PLAIN_ID = "2d6b0f0e-7c1a-4f5e-9a38-6f1f4f3c8b57"
PLAIN_TITLE = "Exchange of state associations"
PLAIN = {
    "id": PLAIN_ID,
    "alias": "exchange",
    "title": PLAIN_TITLE,
    "apiRoot": "feed",
    "release": {"policy": "as-posted"},
    "read": ["org:nass", "org:nased"],
    "write": ["org:nass"],
    "stixVersions": ["2.1", "2.0"],
}


class RunningServer:
    """`url`, `users` (name to password) and `collections` (alias to id) of a server that runs until `stop`."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pollwatch-interop-"))
        self.process = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        collections = self.folder / "collections"
        collections.mkdir()
        for file in (ROOT / "collections").glob("*.json"):
            shutil.copy(file, collections)
        (collections / "exchange.json").write_text(json.dumps(PLAIN))
        shipped = [json.loads(file.read_text()) for file in collections.glob("*.json")]
        self.collections = {collection["alias"]: collection["id"] for collection in shipped}
        self.titles = {collection["alias"]: collection["title"] for collection in shipped}

        kept = {name: value for name, value in os.environ.items() if not name.startswith(("POLLWATCH_", "NODE_"))}
        settings = {"POLLWATCH_PORT": "0", "POLLWATCH_COLLECTIONS_DIR": str(collections), "POLLWATCH_LOG_LEVEL": "warn"}
        self.environment = kept | settings
        self.output = self.folder / "output"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )
        text = self._wait_for("curl -u ")
        self.url = re.search(r"Pollwatch listens on (\S+)", text)[1]
        self.users = dict(re.findall(r"^  ([a-z-]+) +(\S+)  (?:federal|state|private), ", text, re.MULTILINE))

    def _wait_for(self, mark):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            text = self.output.read_text(errors="replace")
            if mark in text and text.endswith("\n"):
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.output.read_text(errors='replace')[-4000:]}")

    def command(self, *arguments):
        """Runs a command of the command line beside the server. Answers its JSON."""
        ran = subprocess.run(
            [*COMMAND, *arguments, "--json"], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=START_SECONDS,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def output_tail(self):
        return self.output.read_text(errors="replace")[-4000:]

    def terminate(self):
        """SIGTERM. Answers the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def stop(self):
        """Ends the process, whatever happened, and removes the folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
