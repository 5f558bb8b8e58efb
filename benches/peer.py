"""What the benches share: the Python environment, and running a job with its CPU time and memory.

Only the standard library is imported here: the driver stays small, because Linux counts the memory
of the process that starts a job as the job's own.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
VENV = HERE / ".venv"
RESULTS = HERE / "results"


def enter_environment():
    """Goes on in benches/.venv, which is made where it is missing."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"]
        subprocess.run(pip, check=True)
    os.execv(python, [str(python), *sys.argv])


def build(name, *options):
    """Builds one of our binaries and returns its path; BENCH_BINARIES is a folder where it is built already."""
    if built := os.environ.get("BENCH_BINARIES"):
        return str(Path(built) / name)
    command = ["cargo", "build", "--release", "-p", "paydirt-bench", "--bin", name, *options]
    command += ["--message-format=json-render-diagnostics"]
    lines = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in lines.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == name:
            return message["executable"]
    raise SystemExit(f"cargo built no {name}")


def measure(command):
    """Runs a job; returns the JSON object that it prints, with its CPU time and peak memory."""
    single = {key: "1" for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    job = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | single)
    printed = json.loads(job.stdout.read())
    _, status, usage = os.wait4(job.pid, 0)
    if status != 0:
        raise SystemExit(f"{command} failed")
    printed["process_cpu_s"] = round(usage.ru_utime + usage.ru_stime, 3)
    printed["peak_mib"] = round(usage.ru_maxrss / 1024, 1)
    return printed


def keep(name, result):
    """Prints a result and keeps it."""
    result["machine"] = f"{platform.machine()}, {os.cpu_count()} cores"
    text = json.dumps(result, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)
