"""The targets on a GPU, as lines that pass or fail with their ratios; used by gpu_check_report.py.

Peers are cudnn's rows of the same bench; where there are none, PyTorch's eager time of the same run. What was
not measured is said to be open, and never passes.
"""


def rows_of(report, preset):
    for bench in report["bench"]:
        if bench["preset"] == preset:
            return [row for row in bench.get("results", []) if row.get("median_ms") is not None], bench
    return [], None


def is_peer(row):
    return row["kernel"].startswith("cudnn")


def fastest(rows, wanted):
    rows = [row for row in rows if wanted(row["kernel"]) and row["status"] == "passed"]
    return min(rows, key=lambda row: row["median_ms"], default=None)


def tf32(kernel):
    return "tf32" in kernel and "3xtf32" not in kernel


def three_tf32(kernel):
    return "3xtf32" in kernel


def torch_row(report, preset, allow_tf32, benchmark=False):
    for row in (report["torch"] or {}).get("results", []):
        if (row["preset"], row["allow_tf32"], row["benchmark"]) == (preset, allow_tf32, benchmark):
            return row
    return None


def peer_of(report, preset, allow_tf32):
    """The peer's median with TF32 or in float32, and its name; None where it was not measured."""
    rows, _ = rows_of(report, preset)
    row = fastest([r for r in rows if is_peer(r)], lambda kernel: ("tf32" in kernel) == allow_tf32)
    if row:
        return row["median_ms"], row["kernel"]
    torch = [r for r in (torch_row(report, preset, allow_tf32, b) for b in (False, True)) if r]
    if torch:
        best = min(torch, key=lambda r: r["median_ms"])
        return best["median_ms"], f"PyTorch, TF32 {'allowed' if allow_tf32 else 'not allowed'}"
    return None


def line(target, value, passed):
    """value: what was found, or why nothing was; passed: True, False or None for open."""
    return f"| {target} | {value} | {'open' if passed is None else 'pass' if passed else 'FAIL'} |"


def bandwidth_line(report):
    target = "kb83 at 85 % of the measured copy bandwidth at least"
    rows, bench = rows_of(report, "kb83")
    best = fastest([row for row in rows if not is_peer(row)], lambda _: True)
    bandwidth = next((d.get("bandwidth_gbs") for d in (bench or {}).get("devices", [])), None)
    if not best or not bandwidth:
        return line(target, "not measured", None)
    share = best["gbs"] / bandwidth
    return line(target, f"{best['kernel']}: {best['gbs']:.0f} of {bandwidth:.0f} GB/s, {100 * share:.1f} %", share >= 0.85)


def eager_line(report):
    target = "kb83 in a quarter of PyTorch eager's time at most"
    rows, _ = rows_of(report, "kb83")
    best = fastest([row for row in rows if not is_peer(row)], lambda _: True)
    eager = torch_row(report, "kb83", True)
    if not best or not eager:
        return line(target, "not measured" if not best else "PyTorch was not measured", None)
    ratio = best["median_ms"] / eager["median_ms"]
    return line(target, f"{best['kernel']}: {best['median_ms']:.4g} of {eager['median_ms']:.4g} ms, ratio {ratio:.3f}",
                ratio <= 0.25)


def fused_line(report):
    target = "kb86 fused_tf32 in 1.0 ms at most"
    row = fastest(rows_of(report, "kb86")[0], lambda kernel: kernel == "fused_tf32")
    return line(target, f"{row['median_ms']:.4g} ms", row["median_ms"] <= 1.0) if row else line(target, "not measured", None)


def speed_line(report, target, preset, ours, peer_tf32, least, strictly=False):
    """Ours against the peer: the peer's time over ours is `least` at least, or more than it."""
    rows, _ = rows_of(report, preset)
    row = fastest([r for r in rows if not is_peer(r)], ours)
    peer = peer_of(report, preset, peer_tf32)
    if not row or not peer:
        return line(target, "not measured" if not row else "no peer was measured", None)
    speed = peer[0] / row["median_ms"]
    return line(target, f"{row['kernel']} {row['median_ms']:.4g} ms, {peer[1]} {peer[0]:.4g} ms: {speed:.3f}×",
                speed > least if strictly else speed >= least)


def target_lines(report):
    lines = ["", "## Targets", "", "| target | found | |", "|---|---|---|", bandwidth_line(report), eager_line(report),
             fused_line(report)]
    for preset in ("kb65", "kb70"):
        lines.append(speed_line(report, f"{preset} TF32 no slower than the peer's TF32", preset, tf32, True, 1.0))
        lines.append(speed_line(report, f"{preset} 3xtf32 faster than the peer's fp32", preset, three_tf32, False, 1.0, True))
    return lines + [speed_line(report, "kb55 TF32 at 0.8× the peer's speed at least", "kb55", tf32, True, 0.8)]
