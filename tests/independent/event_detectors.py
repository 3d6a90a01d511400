"""Compares the event detectors of gaze-data with those of pymovements 0.28 on the same samples, and their times.

    cargo build --release -p gaze-data --example detect_events
    python tests/independent/event_detectors.py target/release/examples/detect_events [SAMPLES]

Needs numpy and pymovements. Samples are simulated with a fixed seed: 500 Hz, fixations with drift and noise, saccades with the
velocity of the main sequence, and lost samples. Positions go through files as text with all digits, so both programs see the
same numbers.

I-VT takes velocities of the five-point method, which pymovements computes in polars by the same sum. I-DT differs by
definition: pymovements counts the sample that breaks the threshold as part of the fixation, and asks for a number of samples
where gaze asks for a duration; the share of equal onsets is printed, not asserted.
"""

import subprocess
import sys
import tempfile
import time

import numpy
import polars
import pymovements
from pymovements.events import idt, ivt, microsaccades

RATE = 500.0
PIXELS_PER_DEGREE = 36.0


def simulate(count, seed=19):
    generator = numpy.random.default_rng(seed)
    positions, place = [], numpy.array([960.0, 540.0])
    while len(positions) < count:
        for _ in range(int(generator.integers(60, 200))):
            place = place + generator.normal(0, 0.02, 2)
            positions.append(place + generator.normal(0, 0.35, 2))
        target = generator.uniform([50, 50], [1870, 1030])
        steps = int(generator.integers(8, 25))
        for step in range(1, steps + 1):
            share = 0.5 - 0.5 * numpy.cos(numpy.pi * step / steps)
            positions.append(place + share * (target - place) + generator.normal(0, 0.35, 2))
        place = target
        if generator.random() < 0.1:
            positions.extend([[numpy.nan, numpy.nan]] * int(generator.integers(20, 60)))
    return numpy.array(positions[:count])


def ours(program, path, method):
    result = subprocess.run([program, path, str(PIXELS_PER_DEGREE), method], capture_output=True, text=True, check=True)
    *lines, last = result.stdout.splitlines()
    return [tuple(float(part) for part in line.split(",")) for line in lines], float(last.split()[1])


def timed(function):
    fastest, value = float("inf"), None
    for _ in range(3):
        begin = time.perf_counter()
        value = function()
        fastest = min(fastest, (time.perf_counter() - begin) * 1000)
    return value, fastest


def pairs(events):
    return list(zip(events.frame["onset"].to_list(), events.frame["offset"].to_list()))


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500_000
    positions = simulate(count)
    times = (numpy.arange(count) * 1000 / RATE).astype(numpy.int64)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        for moment, (x, y) in zip(times, positions):
            file.write(f"{moment},{'' if numpy.isnan(x) else repr(float(x))},{'' if numpy.isnan(y) else repr(float(y))}\n")
        file.flush()
        frame = polars.DataFrame({"pixel": positions.tolist()})
        expression = pymovements.transforms.pos2vel(
            sampling_rate=RATE, method="fivepoint", n_components=2, position_column="pixel", velocity_column="velocity"
        )

        def velocities():
            series = frame.with_columns(expression)["velocity"]
            return numpy.array([[numpy.nan if v is None else v for v in (row or (None, None))] for row in series.to_list()])

        velocity, velocity_ms = timed(lambda: frame.with_columns(expression))
        velocity = velocities()
        print(f"pymovements {pymovements.__version__}, {count} samples, velocities {velocity_ms:.1f} ms")
        in_degrees = velocity / PIXELS_PER_DEGREE
        failures = 0
        for name, theirs, method in [
            ("I-VT", lambda: ivt(in_degrees, times, minimum_duration=100, velocity_threshold=20.0),
             "ivt:threshold=20,shortest=100,velocity=five-point"),
            ("microsaccades", lambda: microsaccades(velocity, times, minimum_duration=6), "saccades"),
        ]:
            events, their_ms = timed(theirs)
            found, our_ms = ours(program, file.name, method)
            expected = [(float(a), float(b)) for a, b in pairs(events)]
            their_ms += velocity_ms
            equal = found == expected
            failures += not equal
            common = len(set(found) & set(expected))
            print(f"{name}: {len(found)} events, {len(expected)} in pymovements, {common} equal; "
                  f"{our_ms:.2f} ms, {their_ms:.2f} ms: {their_ms / our_ms:.0f} times as fast")
        part = min(count, 20_000)
        whole = ~numpy.isnan(positions).any(axis=1)
        first = int(numpy.argmax(whole))
        degrees = positions[first:first + part] / PIXELS_PER_DEGREE
        events, their_ms = timed(lambda: idt(degrees, times[first:first + part], minimum_duration=100, dispersion_threshold=1.0))
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as short:
            for moment, (x, y) in zip(times[first:first + part], positions[first:first + part]):
                short.write(f"{moment},{'' if numpy.isnan(x) else repr(float(x))},{'' if numpy.isnan(y) else repr(float(y))}\n")
            short.flush()
            found, our_ms = ours(program, short.name, "idt:threshold=1,shortest=98")
        expected = [float(a) for a, _ in pairs(events)]
        common = len(set(expected) & {a for a, _ in found})
        print(f"I-DT ({part} samples): {len(found)} events, {len(expected)} in pymovements, {common} equal onsets; "
              f"{our_ms:.2f} ms, {their_ms:.2f} ms: {their_ms / our_ms:.0f} times as fast")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
