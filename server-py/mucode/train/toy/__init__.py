"""The bundled toy: small problems of our own with a bank of answers, and a tiny model that is made from a seed."""
