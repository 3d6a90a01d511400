"""A study on the processes of MPI: mpiexec -n 5 python -m mpi4py.futures mpi.py DATASET OUT

The first process hands out the stimuli, the others work.
"""

import sys

import gaze
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    data, out = sys.argv[1:]
    with MPIPoolExecutor() as executor:
        result = gaze.run(data, ["gaze-lite", "center-bias"], out=out, executor=executor)
    print(result)
    print("report ", result.report)
