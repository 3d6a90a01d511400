"""A study on a cluster of Ray: python ray_cluster.py DATASET OUT [ADDRESS]

Without an address Ray starts on this machine. ``auto`` finds the cluster that ``ray start`` made this machine a node of.
"""

import sys

import gaze
import gaze.ray
import ray

if __name__ == "__main__":
    data, out, *address = sys.argv[1:]
    ray.init(address=address[0] if address else None)
    # SPREAD fills all nodes side by side, where Ray would fill one after the other.
    with gaze.ray.Executor(scheduling_strategy="SPREAD") as executor:
        result = gaze.run(data, ["gaze-lite", "center-bias"], out=out, executor=executor)
    print(result)
    print("report ", result.report)
    ray.shutdown()
