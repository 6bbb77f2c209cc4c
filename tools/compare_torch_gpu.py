#!/usr/bin/env python3
"""Times PyTorch's GPU convolution on the problems that ConvScope's targets name; prints one JSON document.

Eager calls on contiguous tensors, with cuDNN allowed to use TF32 and not, each with cuDNN's first choice of
algorithm (the default) and with the fastest it finds (benchmark). CUDA events around each call; the L2 cache
is flushed before each; medians.
Exit code: 0 measured, 3 torch or a GPU for it is not there (the sentence says which), 1 a problem failed.
"""

import json
import statistics
import sys

# name: operator, input, output channels, kernel size, padding
PROBLEMS = {
    "kb83": ("depthwise_conv2d", (64, 8, 512, 512), 8, (3, 1), 0),
    "kb86": ("separable_conv2d", (16, 64, 512, 512), 128, (3, 3), 1),
    "kb65": ("conv_transpose2d", (8, 64, 512, 512), 64, (3, 7), 0),
    "kb70": ("conv_transpose3d", (8, 48, 96, 96, 96), 24, (3, 3, 3), 0),
    "kb55": ("conv2d", (8, 64, 512, 1024), 128, (3, 3), 0),
}
WARM_UPS, SAMPLES, MOST_SECONDS = 5, 25, 6


def missing():
    """Why nothing can be measured; empty: it can."""
    try:
        import torch  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        return f"torch does not import: {error}"
    if not torch.cuda.is_available():
        return f"torch {torch.__version__} finds no GPU"
    return ""


def make_call(torch, problem):
    operator, shape, out_channels, window, padding = problem
    functional, channels = torch.nn.functional, shape[1]
    generator = torch.Generator(device="cuda").manual_seed(1)

    def weights(*sizes):
        return torch.rand(sizes, device="cuda", generator=generator) - 0.5
    x = torch.rand(shape, device="cuda", generator=generator)
    if operator == "separable_conv2d":
        depthwise, pointwise = weights(channels, 1, *window), weights(out_channels, channels, 1, 1)
        return lambda: functional.conv2d(functional.conv2d(x, depthwise, padding=padding, groups=channels), pointwise)
    if operator == "depthwise_conv2d":
        depthwise = weights(channels, 1, *window)
        return lambda: functional.conv2d(x, depthwise, padding=padding, groups=channels)
    if operator.startswith("conv_transpose"):
        transposed = weights(channels, out_channels, *window)
        function = functional.conv_transpose3d if operator.endswith("3d") else functional.conv_transpose2d
        return lambda: function(x, transposed, padding=padding)
    dense = weights(out_channels, channels, *window)
    return lambda: functional.conv2d(x, dense, padding=padding)


def time_call(torch, call, flush):
    """Milliseconds of each sample, with a cold L2 cache."""
    for _ in range(WARM_UPS):
        call()
    torch.cuda.synchronize()
    start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    samples = []
    while len(samples) < SAMPLES and (len(samples) < 5 or sum(samples) < 1e3 * MOST_SECONDS):
        flush.zero_()
        start.record()
        call()
        stop.record()
        stop.synchronize()
        samples.append(start.elapsed_time(stop))
    return samples


def measure(torch, name, flush):
    rows = []
    call = make_call(torch, PROBLEMS[name])
    for allow_tf32 in (True, False):
        torch.backends.cudnn.allow_tf32 = allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = allow_tf32
        for benchmark in (False, True):
            torch.backends.cudnn.benchmark = benchmark
            with torch.inference_mode():
                samples = time_call(torch, call, flush)
            rows.append({"preset": name, "allow_tf32": allow_tf32, "benchmark": benchmark,
                         "median_ms": statistics.median(samples), "samples": len(samples),
                         "least_ms": min(samples), "most_ms": max(samples)})
    return rows


def main():
    reason = missing()
    if reason:
        print(reason, file=sys.stderr)
        return 3
    import torch  # pylint: disable=import-outside-toplevel
    flush = torch.empty(1 << 29, dtype=torch.int8, device="cuda")  # several times any L2
    document = {"torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
                "gpu": torch.cuda.get_device_name(0), "results": [], "failures": []}
    for name in PROBLEMS:
        try:
            document["results"] += measure(torch, name, flush)
        except RuntimeError as error:  # out of memory among them
            document["failures"].append({"preset": name, "reason": str(error).splitlines()[0]})
        torch.cuda.empty_cache()
    print(json.dumps(document, indent=1))
    return 1 if document["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
