seen = []
def f(x):
    seen.append(x)
    return seen[0]
