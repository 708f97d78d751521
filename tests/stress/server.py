"""A child distinctd that may be killed at any moment and started again on the same store."""

import asyncio
import os
import signal
import subprocess

# What distinctd else sets for itself, by starting anew: half of its time to start.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
# A further capture here is the first with a little noise (people.py), which is what a replay is.
POLICY = ["--finding", "REPLAY=NOTE"]
PORT = 20051  # below the range that the kernel gives clients


def own_host():
    """A loopback address that no other run uses: the server comes back to the same address after
    each kill, and nobody may have taken it meanwhile."""
    pid = os.getpid()
    return f"127.{128 + (pid >> 16)}.{(pid >> 8) & 255}.{pid & 255}"


class Server:
    def __init__(self, bin_folder, store, log, port=PORT, preexec=None):
        self.address = f"{own_host()}:{port}"
        self._command = [bin_folder / "distinctd", "--store", store, "--listen", self.address,
                         "--log-level", "warn", *POLICY]
        self._log = log
        self._preexec = preexec
        self._process = None

    async def start(self):
        """Returns at once."""
        with open(self._log, "ab") as log:
            # A signal that Python ignores, SIGXFSZ, stays ignored: a file that is too large is an
            # error of write(), as on a full disk.
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdout=subprocess.PIPE, stderr=log, preexec_fn=self._preexec,
                restore_signals=False, env={**os.environ, **ONE_THREAD})

    async def ready(self):
        """True once it serves; False if it ended before."""
        return b"ready" in await self._process.stdout.readline()

    async def kill(self):
        """SIGKILL. False if it had ended by itself."""
        if self._process.returncode is not None:
            return False
        self._process.kill()
        return await self._process.wait() == -signal.SIGKILL

    async def stop(self):
        """SIGTERM; the exit code."""
        if self._process.returncode is None:
            self._process.terminate()
        return await self.ended()

    async def ended(self):
        return await self._process.wait()
