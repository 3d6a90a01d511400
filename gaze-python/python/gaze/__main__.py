"""The program ``gaze-cli`` as ``python -m gaze``, with ``run`` on the workers of a cluster.

``python -m gaze run … --dask ADDRESS`` has the options of ``gaze-cli run``; ``ADDRESS`` is that of a scheduler
(``tcp://host:8786``) or the file that a scheduler writes (``scheduler.json``). ``--ray`` or ``--ray ADDRESS`` uses Ray, ``--mpi``
the processes of ``mpiexec -n N python -m mpi4py.futures -m gaze run …``.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from gaze import _gaze

ENGINES = """
Workers (Python only), one of:
  --dask ADDRESS   the scheduler of Dask, or the file that it writes
  --ray [ADDRESS]  Ray, on this machine or at the address
  --mpi            MPI: mpiexec -n N python -m mpi4py.futures -m gaze run ...
--threads is then the number of threads of each task, 1 unless given.
"""


@contextmanager
def _engine(dask: str | None, ray: str | None, mpi: bool) -> Iterator[Any]:
    if dask is not None:
        import distributed

        # Dask has no types.
        Client: Any = distributed.Client

        is_file = dask.endswith(".json")
        with Client(scheduler_file=dask) if is_file else Client(dask) as client:
            yield client.get_executor()
    elif ray is not None:
        import ray as engine

        from gaze.ray import Executor

        engine.init(address=None if ray == "local" else ray)
        try:
            yield Executor(scheduling_strategy="SPREAD")
        finally:
            engine.shutdown()
    else:
        from mpi4py.futures import MPIPoolExecutor

        with MPIPoolExecutor() as executor:
            yield executor


def main(arguments: list[str]) -> int:
    """Runs the program and returns the exit status, which is that of ``gaze-cli``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    engines = parser.add_mutually_exclusive_group()
    engines.add_argument("--dask", metavar="ADDRESS")
    engines.add_argument("--ray", metavar="ADDRESS", nargs="?", const="local")
    engines.add_argument("--mpi", action="store_true")
    is_run = arguments[:1] == ["run"]
    chosen, rest = parser.parse_known_args(arguments) if is_run else (None, arguments)
    if chosen is None or not (chosen.dask or chosen.ray or chosen.mpi):
        status = _gaze.main(["gaze", *rest])
        if is_run and {"-h", "--help"} & set(rest):
            print(ENGINES, end="")
        return status
    request, refused = _gaze.run_request(["gaze", *rest])
    if request is None:
        text, status = refused or ("", 2)
        print(text, end="" if text.endswith("\n") else "\n", file=sys.stderr if status else sys.stdout)
        return status
    options, out, shard, overwrite, threads, quiet = request
    from gaze.study import _run

    try:
        with _engine(chosen.dask, chosen.ray, chosen.mpi) as executor:
            progress = False if quiet else None
            result = _run(options, [], Path(out), shard, overwrite, threads, progress, executor)
    except KeyboardInterrupt:
        print("gaze: interrupted; what is done is kept, and the same command goes on from here", file=sys.stderr)
        return 130
    except (_gaze.StudyError, _gaze.DataError, _gaze.ModelError, OSError, ValueError) as error:
        print(f"gaze: {error}", file=sys.stderr)
        return 2
    for note in result.notes:
        print(f"gaze: {note}", file=sys.stderr)
    if shard is not None:
        return 0
    for problem in result.problems:
        print(f"gaze: {problem}", file=sys.stderr)
    if not quiet:
        print(result.table)
        print(f"report  {result.report}")
    return int(result.has_problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
