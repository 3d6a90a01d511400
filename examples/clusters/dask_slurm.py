"""A study on workers of Dask: python dask_slurm.py DATASET OUT [WORKERS]

On a cluster with SLURM the workers are jobs (``pip install gaze-saliency[dask] dask-jobqueue``). Elsewhere they are processes of
this machine, so that the file runs everywhere. dask-jobqueue has the same class for PBS, SGE and LSF, dask-kubernetes for
Kubernetes.
"""

import shutil
import sys

import gaze
from distributed import Client, LocalCluster


def cluster(workers):
    if shutil.which("sbatch") is None:
        return LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    from dask_jobqueue import SLURMCluster

    # A job of four cores with four tasks at a time, in one process that holds the models once.
    jobs = SLURMCluster(cores=4, processes=1, memory="8GB", walltime="02:00:00")
    jobs.scale(jobs=workers)
    return jobs


if __name__ == "__main__":
    data, out, *workers = sys.argv[1:]
    with cluster(int(workers[0]) if workers else 2) as engine, Client(engine) as client:
        client.wait_for_workers(1)
        result = gaze.run(data, ["gaze-lite", "center-bias"], out=out, executor=client.get_executor())
    print(result)
    print("report ", result.report)
