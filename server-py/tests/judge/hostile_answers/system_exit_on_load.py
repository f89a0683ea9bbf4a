raise SystemExit(0)
def f(x): return None
