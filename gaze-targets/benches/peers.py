"""CPU times of the peers of raster.rs: crumpets (repaired), OpenCV and SciPy, one thread.

    pip install "numpy<2" opencv-python-headless scipy simplejpeg msgpack msgpack-numpy pyzmq
    pip install --pre --no-deps crumpets datadings
    GAZE_BENCH_JPEG=photo.jpg cargo bench -p gaze-targets --bench raster -- sample    # writes the photograph
    python gaze-targets/benches/peers.py photo.jpg

crumpets 3.0.0a5 cannot make this target itself (its interpolation fails, and so do targets that are not square), so its
own functions are called in its order with the repairs that are needed.
"""

import math
import sys
import time

import cv2
import numpy as np
import scipy.ndimage
import simplejpeg
from crumpets.augmentation import make_transform
from crumpets.workers.saliency import check_range, interpolate_points

cv2.setNumThreads(1)
random = np.random.default_rng(7)


def milliseconds(work, repeats=41):
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e3 * sorted(times)[repeats // 2]


def gaze(height, width, experiments=20, fixations=10):
    points = random.random((experiments, fixations, 2)) * (width, height)
    return [experiment.astype(np.float32) for experiment in points]


def target(experiments, source, size, blur):
    k = max(1, math.ceil(min(source[0] / size[0], source[1] / size[1])))
    samples = (size[0] * k, size[1] * k)
    to_source = np.eye(3)
    to_source[:2] = make_transform(source, samples)
    points = np.concatenate([check_range(np.float32(points), *source) for points in experiments])
    points = cv2.perspectiveTransform(points[None], np.linalg.inv(to_source).astype(np.float32))[0]
    rows, columns, values = (np.fromiter(part, kind) for part, kind in
                             zip(interpolate_points(points, *samples), (np.int32, np.int32, np.float32)))
    counts = np.zeros(samples, np.float32)
    counts[rows, columns] = values
    counts = cv2.resize(counts, size[::-1], interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(counts, (0, 0), blur * size[1])
    blurred /= blurred.max() + 1e-9
    return blurred


def picture(decoded, source, size, angle):
    k = min(3, math.ceil(min(source[0] / size[0], source[1] / size[1])))
    samples = (size[0] * k, size[1] * k)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(decoded, make_transform(source, samples, angle), samples[::-1], flags=flags)
    return np.ascontiguousarray(cv2.resize(warped, size[::-1], interpolation=cv2.INTER_AREA).transpose(2, 0, 1))


vga, points = (480, 640), gaze(480, 640)
counts = np.zeros(vga, np.float32)
counts[random.integers(0, 480, 200), random.integers(0, 640, 200)] = 1
print("480x640, 20 x 10 fixations, interpolated, blur 0.03")
print(f"  crumpets, repaired      {milliseconds(lambda: target(points, vga, vga, 0.03)):7.2f} ms")
print(f"  cv2.GaussianBlur alone  {milliseconds(lambda: cv2.GaussianBlur(counts, (0, 0), 19.2)):7.2f} ms")
work = lambda: scipy.ndimage.gaussian_filter(counts, 19.2, mode="mirror", truncate=4)
print(f"  SciPy gaussian_filter   {milliseconds(work, 11):7.2f} ms")
for fixations in (50, 250, 2500):
    many = gaze(480, 640, 20, fixations)
    print(f"  crumpets, 20 x {fixations:<5}    {milliseconds(lambda: target(many, vga, vga, 0.03), 11):7.2f} ms")

encoded = open(sys.argv[1], "rb").read()
decode = lambda: simplejpeg.decode_jpeg(encoded, fastdct=True, fastupsample=True)
decoded, source, size = decode(), (600, 800), (240, 320)
print("600x800 JPEG, target 240x320")
print(f"  decode                  {milliseconds(decode):7.2f} ms")
for name, angle in (("upright", 0), ("turned", 11)):
    def sample():
        picture(decode(), source, size, angle)
        target(points, source, size, 0.03)
    print(f"  warp, {name:<8}          {milliseconds(lambda: picture(decoded, source, size, angle)):7.2f} ms")
    print(f"  whole sample, {name:<8}  {milliseconds(sample):7.2f} ms")
