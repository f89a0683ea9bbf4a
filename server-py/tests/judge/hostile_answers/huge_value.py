def f(x): return [0] * 10_000_000
