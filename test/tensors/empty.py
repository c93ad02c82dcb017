# What PyTorch makes of sizes and axes of 0: `python3 empty.py > empty.jsonl`, written by 1.13.1.
import json
import torch
import torch.nn.functional as F


def shapes(axes):
    full = [2, 3] + [4] * axes
    some = [full] + [full[:i] + [0] + full[i + 1 :] for i in range(axes + 2)] + [[0, 0] + full[2:]]
    return some + [full[1:][:i] + [0] + full[1:][i + 1 :] for i in range(axes + 1)]


def answer(call):
    try:
        result = call()
    except Exception:
        return None
    return [list(result.shape), bool(result.isnan().any())]


cases = {}


def case(name, shape, options, call):
    cases.setdefault(name, []).append([shape, options, answer(lambda: call(torch.zeros(shape)))])


for axes in (1, 2, 3):
    named = lambda name: getattr(F, name % axes)
    for shape in shapes(axes):
        counts = [0, 1, 2, [0] + [2] * (axes - 1), [1] * (axes - 1) + [0]]
        for count in counts:
            for kind, ours in (("avg", "adaptiveAvgPool%dd"), ("max", "adaptiveMaxPool%dd")):
                case(ours % axes, shape, {"size": count}, lambda x: named(f"adaptive_{kind}_pool%dd")(x, count))
        for size, padding, ceil in ((2, 0, False), (3, 1, False), (3, 1, True)):
            options = {"size": size, "padding": padding, "partial": "keep" if ceil else "drop"}
            for kind in ("max", "avg"):
                pool = named(f"{kind}_pool%dd")
                case(f"{kind}Pool{axes}d", shape, options, lambda x: pool(x, size, padding=padding, ceil_mode=ceil))
        if axes < 3:
            case(f"lpPool{axes}d", shape, {"size": 2, "p": 3}, lambda x: named("lp_pool%dd")(x, 3.0, 2))
        for window in ({"size": 2}, {"size": 2, "stride": 1, "padding": 1}, {"size": 2, "outputSize": [7] * axes}):
            case(
                f"maxUnpool{axes}d",
                shape,
                window,
                lambda x: named("max_unpool%dd")(
                    x, x.long(), window["size"], window.get("stride"), window.get("padding", 0), window.get("outputSize")
                ),
            )
    # A window larger than the input, which padding or rounding up makes fit.
    for length in (1, 2, 3):
        for size, stride, padding, ceil in ((2, 2, 0, True), (2, 2, 1, False), (3, 2, 1, True), (3, 1, 1, False)):
            options = {"size": size, "stride": stride, "padding": padding, "partial": "keep" if ceil else "drop"}
            for kind in ("max", "avg"):
                pool = named(f"{kind}_pool%dd")
                case(
                    f"{kind}Pool{axes}d",
                    [1, 1] + [3] * (axes - 1) + [length],
                    options,
                    lambda x: pool(x, size, stride, padding, ceil_mode=ceil),
                )
    # Sizes that the window could have been over, and others; 0 among them.
    for length in (1, 2):
        for size, stride, padding in ((2, 2, 0), (3, 2, 1), (2, 1, 1), (3, 1, 1), (2, 1, 0)):
            for wanted in range(0, 9):
                case(
                    f"maxUnpool{axes}d",
                    [1, 1] + [length] * axes,
                    {"size": size, "stride": stride, "padding": padding, "outputSize": wanted},
                    lambda x: named("max_unpool%dd")(x, x.long(), size, stride, padding, [wanted] * axes),
                )
for shape in shapes(2):
    for options in (
        {"size": 2, "outputSize": 2},
        {"size": 2, "outputSize": [3, 1]},
        {"size": 3, "outputSize": 3},
        {"size": 2, "outputSize": 0},
        {"size": 2, "outputSize": [0, 2]},
        {"size": 1, "outputRatio": 0.2},
        {"size": 2, "outputRatio": [0.5, 0.2]},
        {"size": 5, "outputRatio": 0.2},
        {"size": 6, "outputRatio": 0.2},
    ):
        case(
            "fractionalMaxPool2d",
            shape,
            options,
            lambda x: F.fractional_max_pool2d(
                x, options["size"], output_size=options.get("outputSize"), output_ratio=options.get("outputRatio")
            ),
        )
for function in cases.items():
    print(json.dumps(function, separators=(",", ":")))
