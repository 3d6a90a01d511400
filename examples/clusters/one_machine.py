"""A study on the threads of one machine: python one_machine.py DATASET OUT"""

import sys

import gaze


def brightness(image):
    """A model of one's own: scores that only rank. Give your network here."""
    return image.mean(axis=2)


if __name__ == "__main__":
    data, out = sys.argv[1:]
    result = gaze.run(data, ["gaze-lite", "center-bias", brightness], out=out)
    print(result)
    print("report ", result.report)
