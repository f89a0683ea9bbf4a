class ValueErr(Exception): pass
ValueErr.__name__ = ValueErr.__qualname__ = "Wrong"
def f(x): raise ValueErr("no")
