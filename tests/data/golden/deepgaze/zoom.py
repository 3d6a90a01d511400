"""Writes zoom.csv: which elements scipy.ndimage.zoom(order=0, mode="nearest") takes along an axis.

Made with SciPy 1.17.1 and NumPy 2. Each row has a length, another length, and the FNV-1a hash (64 bits, one step per
index) of the indices into the first that zoom takes for the second.
"""

import numpy as np
from scipy.ndimage import zoom

random = np.random.default_rng(20261122)
some = [100, 128, 200, 250, 333, 480, 488, 600, 640, 768, 1000, 1023, 1024, 1025, 1500, 1920, 2048, 3000, 4000]
pairs = {(1024, length) for length in [*range(1, 66), *some]}
pairs |= {(before, after) for before in range(1, 25) for after in range(1, 25)}
pairs |= {(int(random.integers(1, 2200)), int(random.integers(1, 2200))) for _ in range(1200)}
with open("zoom.csv", "w") as file:
    file.write("before,after,hash\n")
    for before, after in sorted(pairs):
        taken = zoom(np.arange(before, dtype=np.float64), after / before, order=0, mode="nearest")
        assert taken.shape == (after,)
        hash = 0xCBF29CE484222325
        for index in taken:
            hash = ((hash ^ int(index)) * 0x100000001B3) % 2**64
        file.write(f"{before},{after},{hash:016x}\n")
